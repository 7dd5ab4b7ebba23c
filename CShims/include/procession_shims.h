int procession_shims_present(void);
