// What leaves the shared library: everything else is hidden.
#pragma once

#if defined(_WIN32)
#define HUG_EXPORT
#else
#define HUG_EXPORT [[gnu::visibility("default")]]
#endif
