// hug cache
#include "spec/command.h"

namespace hug::cli::cmd {

extern const Command kCacheList;
extern const Command kCachePrune;
extern const Command kCacheRm;
extern const Command kCacheVerify;

namespace {

constexpr const Command* kChildren[] = {&kCacheList, &kCacheRm, &kCachePrune,
                                        &kCacheVerify};

}  // namespace

extern constexpr Command kCache{
    .name = "cache",
    .summary = "See, check and clear what is kept on this machine.",
    .children = kChildren,
    .section = "Keep",
};
static_assert(well_formed(kCache));

}  // namespace hug::cli::cmd
