#include "callout/tls_files.hpp"

#include <gtest/gtest.h>

#include "support/certificate_files.hpp"

namespace callout {
namespace {

using kind = tls_file_problem;

std::vector<kind> kinds_of(tls_files const& files) {
    std::vector<kind> all;
    for (auto const& one : check_tls_files(files)) all.push_back(one.kind);
    return all;
}

class TlsFiles : public ::testing::Test {
protected:
    TlsFiles() {
        good.authorities = ours.certificate;
        good.certificate = ours.certificate;
        good.key = ours.key;
    }
    test::scratch_folder folder;
    test::certificate_files ours{folder, "ours"};
    tls_files good;
};

TEST_F(TlsFiles, AreGood) {
    EXPECT_TRUE(check_tls_files(tls_files()).empty());
    EXPECT_TRUE(check_tls_files(good).empty());
}

// SE-068, SE-173: UNUSABLE_CA_LIST
TEST_F(TlsFiles, NameAuthoritiesThatCannotBeRead) {
    good.authorities = folder / "none.pem";
    auto const faults = check_tls_files(good);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults.front().kind, kind::authorities_unusable);
    EXPECT_EQ(faults.front().text, good.authorities.string() + " does not exist");
    good.authorities = folder.write("empty.pem", "nothing\n");
    EXPECT_EQ(kinds_of(good), std::vector{kind::authorities_unusable});
    good.authorities = folder / "";
    EXPECT_TRUE(check_tls_files(good).empty()) << "a folder of certificates";
}

// SE-173: UNUSABLE_CLIENT_CERTIFICATE
TEST_F(TlsFiles, NameAKeyThatOthersMayRead) {
    std::filesystem::permissions(good.key, std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    EXPECT_EQ(kinds_of(good), std::vector{kind::certificate_unusable});
    good.key = folder / "none.key";
    EXPECT_EQ(kinds_of(good), std::vector{kind::certificate_unusable});
    good.key = folder / "";
    EXPECT_EQ(kinds_of(good), std::vector{kind::certificate_unusable}) << "not a regular file";
}

// SE-173: NO_CLIENT_CERTIFICATE
TEST_F(TlsFiles, NameAKeyOfAnotherCertificate) {
    test::certificate_files const others(folder, "others");
    good.key = others.key;
    EXPECT_EQ(kinds_of(good), std::vector{kind::no_certificate});
}

TEST_F(TlsFiles, TellAllThatIsWrong) {
    good.authorities = folder / "none.pem";
    good.certificate = folder / "none.pem";
    EXPECT_EQ(kinds_of(good), (std::vector{kind::authorities_unusable, kind::certificate_unusable}));
}

}  // namespace
}  // namespace callout
