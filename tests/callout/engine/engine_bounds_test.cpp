// What strangers can fill, and its bounds (docs/bounds.md).

#include <gtest/gtest.h>

#include <algorithm>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

bound_use use_of(callout_world& w, std::string_view what) {
    auto const all = w.engine().bounds();
    auto const found = std::ranges::find(all, what, &bound_use::what);
    return found == all.end() ? bound_use("nothing of that name", 0, 0) : *found;
}

}  // namespace

TEST(engine_bounds, are_those_of_the_options) {  // DM-160
    callout_world w;
    w.options.limits.max_parallel = 7;
    w.options.limits.queue_limit = 30;
    w.options.limits.background_limit = 5;
    w.options.memory_entries = 11;
    w.options.memory_bytes = 12'000;
    w.options.dns_cache_entries = 13;
    w.options.dns_cache_bytes = 14'000;
    w.lasting = &w.store;
    EXPECT_EQ(use_of(w, "questions"), bound_use("questions", 0, 37));
    EXPECT_EQ(use_of(w, "connections"), bound_use("connections", 0, 7));
    EXPECT_EQ(use_of(w, "waiting"), bound_use("waiting", 0, 30));
    EXPECT_EQ(use_of(w, "callouts_in_background"), bound_use("callouts_in_background", 0, 5));
    EXPECT_EQ(use_of(w, "retries"), bound_use("retries", 0, 5));
    EXPECT_EQ(use_of(w, "cache_entries"), bound_use("cache_entries", 0, 11));
    EXPECT_EQ(use_of(w, "cache_bytes"), bound_use("cache_bytes", 0, 12'000));
    EXPECT_EQ(use_of(w, "dns_answers"), bound_use("dns_answers", 0, 13));
    EXPECT_EQ(use_of(w, "dns_bytes"), bound_use("dns_bytes", 0, 14'000));
}

TEST(engine_bounds, tell_how_full_everything_is) {  // DM-160
    callout_world w;
    w.serve("example.org", callout_peer().on("QUIT", ""));
    w.serve("example.net", callout_peer().on("RCPT", "450 4.2.0 Greylisted\r\n"), "192.0.2.20");
    w.serve("example.com", callout_peer().refuse_connections(errc::refused), "192.0.2.30");
    w.verify("ann@example.org");
    w.verify("ann@example.net");
    w.verify("ann@example.com");
    w.verify("ann@missing.test");
    EXPECT_EQ(use_of(w, "retries").now, 1u);
    EXPECT_EQ(use_of(w, "sessions_open").now, 2u);
    EXPECT_EQ(use_of(w, "hosts_that_are_down").now, 1u);
    EXPECT_EQ(use_of(w, "names_of_hosts_left_alone").now, 1u);
    EXPECT_EQ(use_of(w, "missing_domains").now, 1u);
    EXPECT_GT(use_of(w, "limited_names").now, 3u);
    EXPECT_GT(use_of(w, "cache_entries").now, 0u);
    EXPECT_GT(use_of(w, "cache_bytes").now, use_of(w, "cache_entries").now * 100);
    EXPECT_GT(use_of(w, "dns_answers").now, 5u);
    EXPECT_GT(use_of(w, "dns_bytes").now, use_of(w, "dns_answers").now * 100);
    for (auto const& one : w.engine().bounds()) EXPECT_LE(one.now, one.most) << one.what;
}

TEST(engine_bounds, tell_what_is_under_way) {  // DM-160
    callout_world w;
    w.options.limits.max_parallel = 1;
    w.serve("example.org", callout_peer().delay("RCPT", 1s));
    std::optional<verification> first, second;
    w.ask("ann@example.org", 5s, first);
    w.ask("bob@example.org", 5s, second);
    w.run_until([&] { return use_of(w, "waiting").now == 1; });
    EXPECT_EQ(use_of(w, "questions").now, 2u);
    EXPECT_EQ(use_of(w, "connections").now, 1u);
    w.run_until([&] { return first && second; });
}

TEST(engine_bounds, hold_sessions_whose_peers_do_not_answer_QUIT) {  // CO-224
    callout_world w;
    w.options.limits = politeness_limits::lifted();
    w.options.reuse_sessions = false;
    w.serve("example.org", callout_peer().on("QUIT", ""));
    std::vector<std::optional<verification>> all(500);
    for (std::size_t i = 0; i != all.size(); ++i)
        w.ask("a" + std::to_string(i) + "@example.org", 30s, all[i]);
    w.run_until([&] { return std::ranges::all_of(all, [](auto const& v) { return v.has_value(); }); });
    w.settle();
    auto const open = use_of(w, "sessions_open");
    EXPECT_EQ(open.now, open.most);
    EXPECT_LT(open.most, all.size());
}
