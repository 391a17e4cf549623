#include "milterproto/core/filter/macros.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace milterproto::core
