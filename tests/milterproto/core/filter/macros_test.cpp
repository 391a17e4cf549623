#include "milterproto/core/filter/macros.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace milterproto::core {
namespace {

using namespace std::string_view_literals;

// MP-110
TEST(macros, the_latest_stage_wins) {
    macro_store store;
    // Set in an order that is not that of the protocol.
    for (auto const set : {"Ei\0eom\0"sv, "Ci\0connect\0"sv, "Ni\0eoh\0"sv, "Mi\0mail\0"sv, "Hi\0helo\0"sv,
                           "Ti\0data\0"sv, "Ri\0rcpt\0"sv}) {
        store.set(set);
    }
    EXPECT_EQ(store.find("i"), "eom");
    struct step {
        std::string_view replaced, latest;
    };
    for (auto const& one :
         {step{"Ex\0\0"sv, "eoh"}, step{"Nx\0\0"sv, "data"}, step{"Tx\0\0"sv, "rcpt"},
          step{"Rx\0\0"sv, "mail"}, step{"Mx\0\0"sv, "helo"}, step{"Hx\0\0"sv, "connect"}}) {
        store.set(one.replaced);
        EXPECT_EQ(store.find("i"), one.latest);
    }
}

// MP-112, MP-113, MP-114
TEST(macros, commands_clear_later_stages_and_not_their_own) {
    auto const left_after = [](command what) {
        macro_store store;
        for (char const stage : "CHMRTNE"sv)
            store.set(std::string(1, stage) + "{" + stage + "x}" + '\0' + "1" + '\0');
        store.begin(what);
        std::string left;
        for (char const stage : "CHMRTNE"sv) {
            if (store.find(std::string("{") + stage + "x}")) left += stage;
        }
        return left;
    };
    EXPECT_EQ(left_after(command::negotiate), "");
    EXPECT_EQ(left_after(command::connect), "C");
    EXPECT_EQ(left_after(command::helo), "CH");
    EXPECT_EQ(left_after(command::mail), "CHM");
    EXPECT_EQ(left_after(command::rcpt), "CHMR");
    for (auto const what : {command::data, command::header, command::end_of_headers, command::body,
                            command::end_of_message, command::abort, command::unknown}) {
        EXPECT_EQ(left_after(what), "CHMRTNE");
    }
}

// MP-106, MP-107
TEST(macros, a_set_replaces_and_an_empty_one_does_not_clear) {
    macro_store store;
    store.set("Ma\0one\0b\0two\0"sv);
    store.set("M"sv);
    EXPECT_EQ(store.find("b"), "two");
    store.set("Ma\0three\0"sv);
    EXPECT_EQ(store.find("a"), "three");
    EXPECT_EQ(store.find("b"), std::nullopt);
}

// MP-104, peculiarity D7
TEST(macros, stages_that_are_none) {
    macro_store store;
    for (auto const set : {"Li\0x\0"sv, "Bi\0x\0"sv, "Ui\0x\0"sv, "\0i\0x\0"sv, "Zi\0x\0"sv}) store.set(set);
    EXPECT_EQ(store.find("i"), std::nullopt);
}

// MP-108
TEST(macros, a_name_without_a_value_hides_what_came_earlier) {
    macro_store macros;
    macros.set("Ci\0early\0"sv);
    macros.set("Ni"sv.substr(0, 2));
    EXPECT_EQ(macros.find("i"), "early") << "not even a name";
    macros.set("Ni\0"sv);
    EXPECT_EQ(macros.find("i"), std::nullopt);
}

// Sets lie one after the other: none may be mistaken for its neighbour.
TEST(macros, sets_of_any_size_in_any_order) {
    macro_store macros;
    macros.set("Ei\0end\0"sv);
    macros.set("Cj\0host\0"sv);
    macros.set("Mi\0a longer value than before\0"sv);
    macros.set("Cj\0h\0k\0another\0"sv);
    EXPECT_EQ(macros.find("j"), "h");
    EXPECT_EQ(macros.find("k"), "another");
    EXPECT_EQ(macros.find("i"), "end");
    macros.begin(command::mail);
    EXPECT_EQ(macros.find("i"), "a longer value than before");
    macros.set("Mi\0\0"sv);
    EXPECT_EQ(macros.find("i"), "");
    EXPECT_EQ(macros.find("j"), "h");
    macros.begin(command::negotiate);
    EXPECT_EQ(macros.find("j"), std::nullopt);
}

// ---- the limits ----

std::string pair_of(std::string_view name, std::size_t size) {
    return std::string(name) + '\0' + std::string(size, 'x') + '\0';
}

// RS-015, MP-275
TEST(macros_within_limits, what_has_no_room_is_dropped_and_counted) {
    macro_store macros;
    macros.set("C" + pair_of("a", limits::macros - 100));
    macros.set("M" + pair_of("b", 40) + pair_of("c", 60) + pair_of("d", 1));
    EXPECT_EQ(macros.find("a")->size(), limits::macros - 100);
    EXPECT_EQ(macros.find("b")->size(), 40U);
    EXPECT_FALSE(macros.find("c")) << "it has no room";
    EXPECT_FALSE(macros.find("d")) << "the rest of a set is dropped, too";
    EXPECT_EQ(macros.dropped(), 2U);
    macros.set("C" + pair_of("a", 10));
    macros.set("M" + pair_of("c", 60));
    EXPECT_EQ(macros.find("c")->size(), 60U) << "a set that was replaced takes no room";
    EXPECT_EQ(macros.dropped(), 2U);
}

// MP-275
TEST(macros_within_limits, a_set_that_has_no_room_replaces_the_former_one) {
    macro_store macros;
    macros.set("Ma\0old\0"sv);
    macros.set("M" + pair_of("a", limits::macros));
    EXPECT_FALSE(macros.find("a"));
    EXPECT_EQ(macros.dropped(), 1U);
}

// RS-015, MP-275
TEST(macros_within_limits, a_stage_has_so_many_names) {
    macro_store macros;
    std::string set = "R";
    for (std::size_t i = 0; i != limits::macros_of_stage + 3; ++i) set += std::to_string(i) + '\0' + '\0';
    macros.set(set);
    EXPECT_TRUE(macros.find(std::to_string(limits::macros_of_stage - 1)));
    EXPECT_FALSE(macros.find(std::to_string(limits::macros_of_stage)));
    EXPECT_EQ(macros.dropped(), 3U);
    macros.set(set + "odd" + '\0');
    EXPECT_EQ(macros.dropped(), 7U) << "a name without a value counts";
}

// Against the plainest store that there is: whatever comes in whatever order, and its memory is bounded.
// RS-115
TEST(macros_within_limits, the_store_equals_a_plain_one) {
    constexpr std::string_view stages = "CHMRTNE";
    std::minstd_rand random(1);
    auto const below = [&](std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most - 1)(random);
    };
    macro_store macros;
    std::map<std::size_t, std::string> plain;
    for (int i = 0; i != 20'000; ++i) {
        auto const stage = below(stages.size());
        auto const forget_after = [&](std::size_t last) {
            plain.erase(plain.upper_bound(last), plain.end());
        };
        switch (below(12)) {
            case 0: macros.begin(command::mail), forget_after(2); break;
            case 1: macros.begin(command::rcpt), forget_after(3); break;
            case 2: macros.begin(command::connect), forget_after(0); break;
            case 3: macros.shrink(); break;
            default: {
                std::string const value(below(below(20) == 0 ? 6000 : 300),
                                        static_cast<char>('a' + below(26)));
                plain.erase(stage);
                std::size_t kept = 0;
                for (auto const& [other, text] : plain) kept += text.size() + 3;
                macros.set(std::string(1, stages[stage]) + stages[stage] + '\0' + value + '\0');
                if (kept + value.size() + 3 <= limits::macros) plain[stage] = value;
            }
        }
        for (std::size_t other = 0; other != stages.size(); ++other) {
            auto const found = macros.find(stages.substr(other, 1));
            auto const known = plain.find(other);
            ASSERT_EQ(found.has_value(), known != plain.end()) << "at step " << i;
            if (found) {
                ASSERT_EQ(*found, known->second) << "at step " << i;
            }
        }
        ASSERT_LE(macros.memory(), 2 * limits::macros);
    }
}

}  // namespace
}  // namespace milterproto::core
