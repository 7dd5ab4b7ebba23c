// A host that is not ours: a C program that loads the library at run time. HostProgramTests starts it.
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments) {
    fprintf(stderr, "main\n");
    void *library = count > 1 ? dlopen(arguments[1], RTLD_NOW) : NULL;
    int (*map)(void) = library ? (int (*)(void))dlsym(library, "procession_hosted_map") : NULL;
    if (!map) return fprintf(stderr, "%s\n", dlerror()), 2;
    return map();
}
