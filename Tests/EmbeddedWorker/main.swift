// The workers of a host that has EmbeddedLibrary as a plug-in: the same functions, in a program. This is never run.
import EmbeddedLibrary
import Glibc

print("a worker has run main", hostedMap())
exit(1)
