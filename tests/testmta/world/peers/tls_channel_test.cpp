#include "world/peers/tls_channel.hpp"

#include <gtest/gtest.h>

namespace testmta::world {
namespace {

constexpr int tls_1_0 = 0x0301;
constexpr int tls_1_2 = 0x0303;

/// Passes bytes between the two sides until neither has any. Returns whether both finished the handshake.
bool come_to_terms(tls_channel& server, tls_channel& client) {
    for (int rounds = 0; rounds != 10; ++rounds) {
        server.feed(client.to_wire());
        client.feed(server.to_wire());
    }
    return server.is_open() && client.is_open() && !server.has_failed() && !client.has_failed();
}

TEST(TlsChannel, CarriesWhatIsSaid) {
    certificate_authority const authority;
    auto server = tls_channel::server(authority, "mx.example", tls_fault::none);
    auto client = tls_channel::client("mx.example", tls_1_2);
    ASSERT_TRUE(come_to_terms(server, client));
    EXPECT_EQ(client.version(), "TLSv1.3");
    client.write("EHLO c\r\n");
    auto const wire = client.to_wire();
    EXPECT_EQ(wire.find("EHLO"), std::string::npos);
    server.feed(wire);
    EXPECT_EQ(server.read(), "EHLO c\r\n");
    server.write("250 ok\r\n");
    client.feed(server.to_wire());
    EXPECT_EQ(client.read(), "250 ok\r\n");
}

TEST(TlsChannel, FaultyCertificatesAreSentNevertheless) {
    certificate_authority const authority;
    for (auto const how : {tls_fault::expired, tls_fault::wrong_name, tls_fault::no_name}) {
        auto server = tls_channel::server(authority, "mx.example", how);
        auto client = tls_channel::client("mx.example", tls_1_2);
        EXPECT_TRUE(come_to_terms(server, client));
    }
}

TEST(TlsChannel, AnOldVersionIsRefusedByMostClients) {
    certificate_authority const authority;
    auto server = tls_channel::server(authority, "mx.example", tls_fault::old_version);
    auto modern = tls_channel::client("mx.example", tls_1_2);
    EXPECT_FALSE(come_to_terms(server, modern));
    EXPECT_TRUE(server.has_failed());
}

TEST(TlsChannel, AServerMayWantACertificateOfTheClient) {
    certificate_authority const authority;
    auto server = tls_channel::server(authority, "mx.example", tls_fault::client_certificate);
    auto client = tls_channel::client("mx.example", tls_1_0);
    EXPECT_FALSE(come_to_terms(server, client));
}

TEST(TlsChannel, JunkIsNotAHandshake) {
    auto client = tls_channel::client("mx.example", tls_1_2);
    client.feed("250 this is no TLS at all\r\n");
    EXPECT_TRUE(client.has_failed());
}

}  // namespace
}  // namespace testmta::world
