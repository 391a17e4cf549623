#include "config/keys.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

using vouchd::reload_class;

namespace {

/// The letters of daemon.md 3.3. A key that is not here needs a restart.
std::map<std::string_view, reload_class> classes_of_the_specification() {
    using enum reload_class;
    return {
        {"server.mode", next_message},
        {"server.hostname", next_message},
        {"server.drain_timeout", at_once},
        {"milter.listen", listeners},
        {"milter.reply_budget", next_message},
        {"milter.packet_timeout", at_once},
        {"milter.negotiate_timeout", at_once},
        {"milter.idle_timeout", at_once},
        {"milter.max_packet", at_once},
        {"milter.sender_check_at", next_message},
        {"callout.source_ipv4", at_once},
        {"callout.source_ipv6", at_once},
        {"callout.port", at_once},
        {"callout.helo", at_once},
        {"callout.mail_from", at_once},
        {"callout.max_parallel", at_once},
        {"callout.max_parallel_per_domain", at_once},
        {"callout.max_parallel_per_address", at_once},
        {"callout.soft.connect", at_once},
        {"callout.soft.greeting", at_once},
        {"callout.soft.helo", at_once},
        {"callout.soft.mail", at_once},
        {"callout.soft.rcpt", at_once},
        {"callout.soft.rset", at_once},
        {"callout.soft.quit", at_once},
        {"callout.hard.total", at_once},
        {"destinations.allow", at_once},
        {"dns.servers", at_once},
        {"cache.positive_refresh", at_once},
        {"callout_server.listen", listeners},
        {"lists.local_domains", next_message},
        {"lists.own_networks", next_message},
        {"lists.never_verify", next_message},
        {"log.file", at_once},
    };
}

}  // namespace

TEST(keys, each_has_the_reload_class_of_the_specification) {
    auto expected = classes_of_the_specification();
    for (auto const& key : vouchd::schema()) {
        auto const named = expected.find(key.path);
        EXPECT_EQ(key.reload, named == expected.end() ? reload_class::restart : named->second) << key.path;
        if (named != expected.end()) expected.erase(named);
    }
    EXPECT_TRUE(expected.empty()) << expected.begin()->first << " is not a key";
}

TEST(keys, each_stands_in_the_table_once) {
    std::set<std::string_view> paths;
    for (auto const& key : vouchd::all_keys()) EXPECT_TRUE(paths.insert(key.path).second) << key.path;
}
