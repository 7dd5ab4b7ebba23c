// What a program may have in C++: a table that is filled before `main`.
#ifndef WEIGHTS_H
#define WEIGHTS_H

#ifdef __cplusplus
extern "C"
#endif
double weight_of(int number);

#endif
