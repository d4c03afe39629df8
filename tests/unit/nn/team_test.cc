#include "nn/team.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

using namespace hug;

TEST_CASE("every element is done once, whatever the team and the grain") {
  for (const unsigned threads : {1u, 2u, 3u, 7u}) {
    nn::Team team(threads);
    CHECK(team.size() == threads);
    for (const std::size_t count : {0u, 1u, 2u, 7u, 64u, 1000u, 4096u}) {
      for (const std::size_t grain : {0u, 1u, 3u, 16u, 5000u}) {
        std::vector<std::atomic<int>> done(count);
        team.run(count, grain, [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i)
            done[i].fetch_add(1);
        });
        int wrong = 0;
        for (auto& n : done)
          wrong += n.load() != 1 ? 1 : 0;
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("stretches are whole grains and begin at one") {
  nn::Team team(3);
  constexpr std::size_t kCount = 1003;
  constexpr std::size_t kGrain = 16;
  std::atomic<int> wrong{0};
  team.run(kCount, kGrain, [&](std::size_t begin, std::size_t end) {
    if (begin % kGrain != 0) wrong.fetch_add(1);
    if (end % kGrain != 0 && end != kCount) wrong.fetch_add(1);
    if (begin >= end || end > kCount) wrong.fetch_add(1);
  });
  CHECK(wrong.load() == 0);
}

TEST_CASE("many short runs on more threads than processors come to an end") {
  const unsigned threads =
      4 * std::max(std::thread::hardware_concurrency(), 1u);
  nn::Team team(threads);
  std::uint64_t sum = 0;
  std::vector<std::uint64_t> part(64);
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    team.run(part.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i)
        part[i] = i + 1;
    });
    sum += std::accumulate(part.begin(), part.end(), std::uint64_t{0});
    part.assign(part.size(), 0);
  }
  CHECK(sum == kRuns * (64u * 65u / 2));
}

TEST_CASE("threads that sleep wake up for work") {
  nn::Team team(2);
  // Each half waits for the other: only two threads can finish this. The pause
  // between the runs is longer than a waiting thread looks about.
  for (int run = 0; run < 20; ++run) {
    std::atomic<int> arrived{0};
    team.run(2, 1, [&](std::size_t, std::size_t) {
      arrived.fetch_add(1);
      while (arrived.load() < 2)
        std::this_thread::yield();
    });
    CHECK(arrived.load() == 2);
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::microseconds(300);
    while (std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  }
}

TEST_CASE("a rank has its own aligned scratch, which grows and is kept") {
  nn::Team team(4);
  std::vector<std::atomic<int>> inside(team.size());
  std::atomic<int> wrong{0};
  team.run(400, 1, [&](unsigned rank, std::size_t, std::size_t end) {
    if (rank >= team.size()) wrong.fetch_add(1);
    if (inside[rank].fetch_add(1) != 0) wrong.fetch_add(1);
    const auto bytes = team.scratch(rank, end);
    if (bytes.size() < end) wrong.fetch_add(1);
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 != 0) {
      wrong.fetch_add(1);
    }
    for (std::byte& b : bytes)
      b = static_cast<std::byte>(rank);
    for (const std::byte b : bytes)
      if (b != static_cast<std::byte>(rank)) wrong.fetch_add(1);
    inside[rank].fetch_sub(1);
  });
  CHECK(wrong.load() == 0);
  const auto first = team.scratch(0, 1 << 16);
  CHECK(team.scratch(0, 100).data() == first.data());
}
