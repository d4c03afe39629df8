// Every environment variable that hug reads, in the order of the manual.
#include <array>

#include "hug/environment.h"

namespace hug {

namespace {

using K = VariableKind;
using V = EnvironmentVariable;

constexpr V flag(std::string_view name, std::string_view meaning,
                 std::string_view older = {}) {
  return {name, meaning, "false", K::kFlag, older};
}

constexpr V path(std::string_view name, std::string_view meaning,
                 std::string_view fallback, std::string_view older = {}) {
  return {name, meaning, fallback, K::kPath, older};
}

constexpr V secret(std::string_view name, std::string_view meaning,
                   std::string_view older = {}) {
  return {name, meaning, "", K::kText, older, true};
}

constexpr V text(std::string_view name, std::string_view meaning,
                 std::string_view fallback = {}, std::string_view older = {}) {
  return {name, meaning, fallback, K::kText, older};
}

constexpr V seconds(std::string_view name, std::string_view meaning,
                    std::string_view fallback, double min, double max) {
  return {name, meaning, fallback, K::kSeconds, {}, false, min, max};
}

constexpr V number(std::string_view name, std::string_view meaning,
                   std::string_view fallback, double min, double max) {
  return {name, meaning, fallback, K::kNumber, {}, false, min, max};
}

constexpr V bytes(std::string_view name, std::string_view meaning,
                  std::string_view fallback, double min, double max) {
  return {name, meaning, fallback, K::kBytes, {}, false, min, max};
}

constexpr double kDay = 86400;
constexpr double kTera = 1e12;

constexpr std::array kVariables = {
    // Where the hub is.
    V{"HF_ENDPOINT", "Base address of the hub; file:DIR serves a folder.",
      "https://huggingface.co", K::kUrl, "HUG_ENDPOINT"},
    flag("HUGGINGFACE_CO_STAGING",
         "Use the hub's test instance and a home of its own."),
    flag("HF_HUB_OFFLINE", "Make no request; answer from the cache or fail.",
         "TRANSFORMERS_OFFLINE"),

    // Where things are kept.
    path("HF_HOME", "Folder of token, caches and marks.",
         "$XDG_CACHE_HOME/huggingface or ~/.cache/huggingface"),
    path("XDG_CACHE_HOME", "Parent of the default HF_HOME.", "~/.cache"),
    path("HOME", "The user's home directory.", "the password database's"),
    path("HF_HUB_CACHE", "Folder of cached repositories.", "$HF_HOME/hub",
         "HUGGINGFACE_HUB_CACHE"),
    path("HF_ASSETS_CACHE", "Folder of what libraries derive.",
         "$HF_HOME/assets", "HUGGINGFACE_ASSETS_CACHE"),
    path("HF_XET_CACHE", "Folder of Xet chunks and shards.", "$HF_HOME/xet"),
    path("HF_TOKEN_PATH",
         "File of the active token; stored_tokens lies beside it.",
         "$HF_HOME/token"),

    // Who is asking.
    secret("HF_TOKEN", "Access token; wins over the token file.",
           "HUGGING_FACE_HUB_TOKEN"),
    flag("HF_HUB_DISABLE_IMPLICIT_TOKEN",
         "Send the stored token only where one is required."),
    text("HF_OIDC_RESOURCE",
         "Exchange an identity token of the CI system for a hub token for "
         "this resource."),
    secret("HF_OIDC_ID_TOKEN", "Identity token to exchange."),
    text("GITHUB_ACTIONS", "\"true\" inside GitHub's CI."),
    V{"ACTIONS_ID_TOKEN_REQUEST_URL", "Where GitHub's CI issues tokens.", "",
      K::kUrl},
    secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN",
           "Authorizes asking GitHub's CI for a token."),
    text("HF_DEVICE_CODE_OAUTH_CLIENT_ID",
         "OAuth client id of logins by device code.",
         "26be6b09-91c5-47da-9861-d2d2bb7a7e36"),

    // Transfers.
    seconds("HF_HUB_DOWNLOAD_TIMEOUT",
            "Silence after which an attempt has failed.", "60", 0.1, kDay),
    flag("HF_HUB_DISABLE_XET", "Use plain HTTP and LFS for Xet files too."),
    flag("HF_HUB_DISABLE_SHARED_BLOBS",
         "Keep Xet content in each repository's folder of the cache."),
    flag("HF_HUB_DISABLE_SYMLINKS",
         "Keep real files, not symbolic links, in snapshots."),
    number("HUG_CONNECTIONS", "Connections to one host.", "8", 1, 256),
    bytes("HUG_MAX_SPEED", "Bytes a second over all transfers; 0: no limit.",
          "0", 0, kTera),
    seconds("HUG_LOCK_TIMEOUT", "Longest wait for a lock in the cache.", "600",
            0, 30 * kDay),

    // The network.
    V{"HTTP_PROXY", "Proxy for http addresses.", "", K::kUrl, "http_proxy"},
    V{"HTTPS_PROXY", "Proxy for https addresses.", "", K::kUrl, "https_proxy"},
    V{"ALL_PROXY", "Proxy for all other addresses.", "", K::kUrl, "all_proxy"},
    text("NO_PROXY", "Hosts that are reached without a proxy.", "", "no_proxy"),
    path("SSL_CERT_FILE", "File of trusted certificates.", "the system's",
         "REQUESTS_CA_BUNDLE,CURL_CA_BUNDLE"),
    path("SSL_CERT_DIR", "Folder of trusted certificates.", "the system's"),
    text("HF_HUB_USER_AGENT_ORIGIN",
         "Appended to the User-Agent as \"origin/VALUE\"."),
    flag("HF_HUB_DISABLE_TELEMETRY",
         "hug sends no telemetry; accepted for compatibility.",
         "DISABLE_TELEMETRY,DO_NOT_TRACK"),
    flag("HF_HUB_DISABLE_UPDATE_CHECK",
         "hug never looks for updates; accepted for compatibility."),
    flag("HF_HUB_ENABLE_HF_TRANSFER", "Without effect."),

    // What is shown.
    text("HF_HUB_VERBOSITY", "debug, info, warning, error or critical.",
         "warning"),
    flag("HF_DEBUG", "Log every request, secrets masked."),
    text("HF_HUB_DISABLE_PROGRESS_BARS",
         "1: no progress bars; 0: always; else on terminals."),
    text("NO_COLOR", "Not empty: no colours."),
    text("CLICOLOR_FORCE", "Not empty and not 0: colours without terminal."),
    text("TERM", "\"dumb\": no colours and no progress bars."),
    number("COLUMNS", "Width of the output.", "0", 0, 100000),
    text("SHELL", "Shell that completions are printed for.", "bash"),
    text("LC_ALL", "Locale of what is typed in a chat.", "", "LC_CTYPE,LANG"),
    text("AI_AGENT", "Set by coding agents: output is plain.", "", "AGENT"),

    // The machine.
    number("HUG_THREADS", "Threads that compute; 0: one for each core.", "0", 0,
           4096),
    text("HUG_ISA", "Instruction set: scalar, avx2, avx512; or auto.", "auto"),
    secret("HUG_ENGINE_TOKEN", "Key of the endpoint that run --engine names.",
           "OPENAI_API_KEY"),
    path("XDG_STATE_HOME", "Parent of the folder with the history of chats.",
         "~/.local/state"),
};

}  // namespace

std::span<const EnvironmentVariable> environment_variables() {
  return kVariables;
}

}  // namespace hug
