// What ThreadSanitizer is not to report, in a program that embeds the library and is built with it.
//
// Swift's Mutex is a futex of its own, of which ThreadSanitizer knows nothing: it takes whatever a Mutex guards for
// unguarded, and would report that a hundred times. Left out is what ends in the library's own modules; what ends in the
// program's code, called by the library or not, is reported. It is C because the sanitizer looks for a C function of this
// name; where a program has one too, it fails to link, and takes these lines into its own.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "race_top:s10Procession\n"
           "race_top:s16ProcessionSystem\n"
           "race_top:s17ProcessionSegment\n";
}
#endif
#endif
