// The commands. One file a verb, in cmd/<group>/<verb>.cc, over the public
// headers (lib/include/hug) and this program's own rooms only:
//
//   spec/  what a command is     app/  context, hub, stop     out/  printing
//
// How to add a command, say `hug inspect TARGET`:
//
//   1. cmd/model/inspect.cc:
//        namespace hug::cli::cmd {
//        namespace {
//        constexpr Option kOptions[] = {{.name = "target", ...}, ...};
//        constexpr Example kExamples[] = {{"hug inspect model.gguf"}};
//        Result<void> run(App& app, const Args& args) {
//          Hub* hub = HUG_TRY(app.hub());      // only if it needs one
//          ...                                 // the library does the work
//          app.out().table(rows, {.columns = {"name", "size"}});
//          return {};                          // or an Error: app/ reports it
//        }
//        }  // namespace
//        extern constexpr Command kInspect{.name = "inspect", ...,
//                                          .options = kOptions, .run = run};
//        static_assert(well_formed(kInspect));
//        }  // namespace hug::cli::cmd
//   2. its line in the table of its group (top level: cmd/root.cc), with
//      `extern const Command kInspect;` above;
//   3. its file in cli/CMakeLists.txt, and a test in tests/cli/.
//   4. the target `docs` rewrites man/, completions/ and the README's tables
//      (ninja -C build/<dir> docs): commit them with the command. The test
//      docs.fresh fails while they are stale.
//
// Printing goes through app.out() alone; progress is events, drawn by itself.
// Every command takes the global options (spec/globals.cc); --json, --quiet
// and --format need nothing but the use of table, dict, result and text.
#pragma once

#include "spec/command.h"

namespace hug::cli::cmd {

extern const Command kRoot;

}  // namespace hug::cli::cmd
