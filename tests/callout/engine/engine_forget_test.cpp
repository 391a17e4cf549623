// What an operator has the engine forget is asked anew (daemon.md 4).

#include <gtest/gtest.h>

#include "callout/engine.hpp"
#include "support/callout_world.hpp"

using namespace callout;
using test::callout_peer;
using test::callout_world;
using namespace std::chrono_literals;

namespace {

/// What has been said is kept in memory, in the lasting store and in the one that is shared.
void keep_everywhere(callout_world& w) {
    w.options.limits = politeness_limits::lifted();
    w.lasting = &w.store;
    w.shared = &w.remote_store;
}

template <class Subject>
std::size_t forget(callout_world& w, Subject const& what) {
    return w.run(w.engine().forget(what));
}

bool is_kept(callout_world& w) {
    auto const& memory = w.engine().numbers().memory;
    return memory.addresses.entries + memory.domains.entries + memory.remotes.entries > 0 ||
           !w.store.records.empty() || !w.remote_store.records.empty();
}

}  // namespace

TEST(engine_forget, an_address_is_asked_about_anew) {  // DM-038
    callout_world w;
    keep_everywhere(w);
    w.serve("example.org", callout_peer().on("RCPT", "550 5.1.1 no such user\r\n"));
    w.verify("ann@example.org");
    EXPECT_EQ(forget(w, test::box("bob@example.org")), 0u);
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::cached);
    EXPECT_EQ(forget(w, test::box("ann@example.org")), 1u);
    EXPECT_FALSE(is_kept(w)) << "in any layer";
    EXPECT_EQ(w.verify("ann@example.org").cached, freshness::live);
}

TEST(engine_forget, an_address_whose_domain_takes_no_mail_is_asked_about_anew) {
    callout_world w;
    keep_everywhere(w);
    w.dns.mx("example.org", 0, "");
    w.verify("ann@example.org");
    auto const known = w.verify("bob@example.org");
    EXPECT_EQ(known.kept_for, kept_for::domain);
    EXPECT_TRUE(known.said_to_another);
    EXPECT_EQ(forget(w, test::box("bob@example.org")), 1u);
    EXPECT_EQ(w.verify("bob@example.org").cached, freshness::live);
}

TEST(engine_forget, what_only_the_store_knows_goes_too) {  // DM-038
    callout_world w;
    keep_everywhere(w);
    w.serve("example.org", callout_peer("554 5.7.1 you are listed\r\n"));
    w.serve("example.net", callout_peer(), "192.0.2.20");
    w.verify("ann@example.org");
    w.verify("ann@example.net");
    w.restart();
    EXPECT_EQ(forget(w, test::host("mx1.example.org")), 1u);
    EXPECT_EQ(forget(w, test::box("ann@example.net")), 1u);
    EXPECT_FALSE(is_kept(w));
}

TEST(engine_forget, a_server_that_refused_us_is_asked_again) {  // DM-151
    for (auto const* name : {"192.0.2.10", "[192.0.2.10]", "MX1.example.org"}) {
        for (bool const at_once : {true, false}) {
            callout_world w;
            keep_everywhere(w);
            auto const words = "550 5.7.1 blocked using zen.dnsbl.example\r\n";
            w.serve("example.org", at_once ? callout_peer(words) : callout_peer().on("RCPT", words));
            w.verify("ann@example.org");
            auto const kept = w.verify("bob@example.org");
            EXPECT_EQ(kept.connections, 0u);
            EXPECT_TRUE(kept.said_to_another);
            EXPECT_EQ(kept.kept_for, kept_for::host);
            EXPECT_EQ(kept.ip, "192.0.2.10");
            EXPECT_EQ(forget(w, test::host("192.0.2.1")), 0u);
            EXPECT_EQ(forget(w, test::host(name)), 1u) << name;
            EXPECT_FALSE(is_kept(w));
            EXPECT_EQ(w.verify("bob@example.org").connections, 1u) << name;
        }
    }
}

TEST(engine_forget, a_server_that_complained_is_asked_again) {  // DM-151
    for (auto const* name : {"192.0.2.10", "mx1.EXAMPLE.org"}) {
        for (auto const* where : {"MAIL", "RCPT"}) {
            callout_world w;
            w.options.limits.back_off_first = 1h;
            w.serve("example.org", callout_peer().on(where, "450 4.7.1 blocked using zen.dnsbl.example\r\n"));
            w.verify("ann@example.org");
            auto const kept = w.verify("bob@example.org");
            EXPECT_EQ(kept.connections, 0u);
            EXPECT_EQ(kept.kept_for, kept_for::host);
            EXPECT_EQ(kept.ip, "192.0.2.10");
            EXPECT_EQ(forget(w, test::host("mx2.example.org")), 0u);
            EXPECT_EQ(forget(w, test::host(name)), 1u) << name;
            EXPECT_EQ(w.verify("carl@example.org").connections, 1u) << name;
        }
    }
}

TEST(engine_forget, an_address_whose_domain_was_refused_there_is_asked_about_anew) {
    for (auto const* code : {"550", "450"}) {
        callout_world w;
        w.options.limits.back_off_first = 1h;
        auto const words = std::string(code) + " blocked using zen.dnsbl.example\r\n";
        w.serve("example.org", callout_peer().on("RCPT", words));
        w.verify("ann@example.org");
        EXPECT_EQ(w.verify("bob@example.org").connections, 0u) << code;
        EXPECT_GE(forget(w, test::box("carl@example.org")), 1u) << code;
        EXPECT_EQ(w.verify("bob@example.org").connections, 1u) << code;
    }
}

TEST(engine_forget, a_server_that_could_not_be_reached_is_tried_again) {
    callout_world w;
    w.options.limits.down_first = 1h;
    w.options.limits.down_most = 1h;
    w.serve("example.org", callout_peer().refuse_connections(errc::refused));
    w.verify("ann@example.org");
    EXPECT_EQ(w.verify("bob@example.org").connections, 0u);
    EXPECT_EQ(forget(w, test::host("192.0.2.10")), 1u);
    EXPECT_EQ(w.verify("carl@example.org").connections, 1u);
}
