#include "procession_shims.h"
int procession_shims_present(void) { return 1; }
