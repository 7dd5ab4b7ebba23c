// The calls that bring a file to the disk, in the test program's own hands: it is linked before the C library.
#ifndef SYNCS_H
#define SYNCS_H

// From here on, `told` hears of every descriptor that is synced, once the call is made.
void tell_of_syncs(void (*told)(int descriptor));

#endif
