// A filter's keeper; see keeper.c. Only the command links it: a library must not make a program run what its arguments
// say. What is here is for those who read; Swift calls none of it.
#ifndef PROCESSION_KEEPER_H
#define PROCESSION_KEEPER_H

// argv[0] of a keeper: argv[1] is its parent's process id, argv[2] the filter's command. Descriptors 3 and 4 become the
// filter's standard input and output; 5 and 6 are its parent's ends of the same pipes, which the keeper keeps open
// until the filter has ended. At SIGURG it closes 5: the input is over.
#define PROCESSION_FILTER_NAME "procession-filter"

#endif
