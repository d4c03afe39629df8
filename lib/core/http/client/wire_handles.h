// What a Wire holds of libcurl, given back when it goes. Of wire.cc alone.
#pragma once

#include <string.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "http/client/curl_library.h"
#include "http/client/wire.h"

namespace hug::http {

struct ListDeleter {
  void operator()(curl_slist* list) const noexcept {
    // The list holds Authorization: wiped before the memory is reused.
    for (auto* item = list; item != nullptr; item = item->next) {
      ::explicit_bzero(item->data, ::strlen(item->data));
    }
    curl().slist_free_all(list);
  }
};

/// Header fields of a request.
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

inline void append(HeaderList& list, const std::string& line) {
  auto* longer = curl().slist_append(list.get(), line.c_str());
  if (longer == nullptr) return;
  (void)list.release();
  list.reset(longer);
}

struct Wire::Shared {
  CURLSH* share = nullptr;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> locks;

  Shared() {
    // Thread-safe in every libcurl that this builds with; the first call pays
    // for the TLS library, which is why it is made so late.
    curl().global_init(CURL_GLOBAL_DEFAULT);
    share = curl().share_init();
    curl().share_setopt(share, CURLSHOPT_USERDATA, this);
    curl().share_setopt(share, CURLSHOPT_LOCKFUNC, lock);
    curl().share_setopt(share, CURLSHOPT_UNLOCKFUNC, unlock);
    curl().share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl().share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }

  ~Shared() { curl().share_cleanup(share); }

  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  static void lock(CURL*, curl_lock_data data, curl_lock_access, void* self) {
    static_cast<Shared*>(self)->locks[data].lock();
  }

  static void unlock(CURL*, curl_lock_data data, void* self) {
    static_cast<Shared*>(self)->locks[data].unlock();
  }
};

struct Wire::Handles {
  CURLM* multi = curl().multi_init();
  CURL* easy = curl().easy_init();
  std::array<char, CURL_ERROR_SIZE> error{};

  explicit Handles(CURLSH* shared) {
    curl().easy_setopt(easy, CURLOPT_SHARE, shared);  // survives a reset
    curl().multi_setopt(multi, CURLMOPT_MAXCONNECTS, 4L);
  }

  ~Handles() {
    curl().easy_cleanup(easy);
    curl().multi_cleanup(multi);
  }

  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
};

}  // namespace hug::http
