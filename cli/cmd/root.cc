// The top of the tree: a line a command, in the order of the help.
#include "cmd/cmd.h"

namespace hug::cli::cmd {

extern const Command kAuth;
extern const Command kBench;
extern const Command kClassify;
extern const Command kConvert;
extern const Command kCp;
extern const Command kDatasets;
extern const Command kDownload;
extern const Command kEmbed;
extern const Command kEnvCommand;
extern const Command kHub;
extern const Command kFit;
extern const Command kInspect;
extern const Command kMeta;
extern const Command kModels;
extern const Command kQuantize;
extern const Command kRepos;
extern const Command kScan;
extern const Command kSpaces;
extern const Command kDetokenize;
extern const Command kEval;
extern const Command kFillMask;
extern const Command kChat;
extern const Command kRun;
extern const Command kTemplate;
extern const Command kTokenize;
extern const Command kTranslate;
extern const Command kUpload;
extern const Command kVersion;
extern const Command kHelp;
extern const Command kCompletion;
extern const Command kCache;
extern const Command kCompleteHidden;

namespace {

constexpr const Command* kChildren[] = {
    &kDownload, &kCp,         &kModels,   &kDatasets,
    &kSpaces,   &kUpload,     &kRepos,    &kAuth,
    &kCache,    &kConvert,    &kInspect,  &kFit,
    &kScan,     &kMeta,       &kRun,      &kChat,
    &kEmbed,    &kFillMask,   &kClassify, &kTranslate,
    &kBench,    &kEval,       &kTokenize, &kDetokenize,
    &kTemplate, &kQuantize,   &kHub,      &kEnvCommand,
    &kHelp,     &kCompletion, &kVersion,  &kCompleteHidden,
};

constexpr Example kExamples[] = {
    {"hug download HuggingFaceTB/SmolLM2-135M"},
    {"hug --endpoint file:./hub upload acme/tiny ./tiny"},
};

}  // namespace

extern constexpr Command kRoot{
    .name = "hug",
    .summary = "Everything people do with model hubs, in one binary.",
    .examples = kExamples,
    .children = kChildren,
};
static_assert(well_formed(kRoot));

}  // namespace hug::cli::cmd
