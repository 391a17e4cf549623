#include "core/encoding.hpp"

#include <gtest/gtest.h>

namespace smtpserver::core {
namespace {

struct encoded {
    std::string_view text;
    std::optional<std::string> octets;
};

// RFC 4648 10, and texts that are not base64.
TEST(Base64, IsDecoded) {
    encoded const table[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"+/+/", "\xfb\xff\xbf"},
        {"Z", {}},
        {"Zg", {}},
        {"Zg=", {}},
        {"Zg==Zg==", {}},
        {"Z===", {}},
        {"====", {}},
        {"Zh==", {}},
        {"Zm9=", {}},
        {"Zm9v\n", {}},
        {"Zm 9", {}},
        {"=m9v", {}},
        {"Zm-_", {}},
    };
    for (auto const& [text, octets] : table) EXPECT_EQ(from_base64(text), octets) << text;
}

TEST(Base64, TakesEveryOctet) {
    EXPECT_EQ(from_base64("AAECAw=="), std::string("\0\1\2\3", 4));
    EXPECT_EQ(from_base64("/w=="), "\xff");
}

// SE-164
TEST(Xtext, IsDecoded) {
    encoded const table[] = {
        {"abc", "abc"},
        {"a+2Bb+3Dc", "a+b=c"},
        {"+00", std::string(1, '\0')},
        {"+ff", "\xff"},
        {"", ""},
        {"+", {}},
        {"+4", {}},
        {"+4G", {}},
        {"a b", {}},
        {"a=b", {}},
        {"\xc3\xa4", {}},
        {"+-1", {}},
    };
    for (auto const& [text, octets] : table) EXPECT_EQ(from_xtext(text), octets) << text;
}

}  // namespace
}  // namespace smtpserver::core
