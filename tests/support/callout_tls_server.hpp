#pragma once

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

namespace test {

/// A certificate that signed itself.
struct certificate_wish {
    std::string san = "DNS:mx.example.org";
    long from_days = -10, to_days = 10;
};

inline void install_certificate(SSL_CTX* context, certificate_wish const& wish) {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    std::unique_ptr<X509, decltype(&X509_free)> const made(X509_new(), X509_free);
    constexpr long day = 86400;
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.from_days * day);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.to_days * day);
    X509_set_pubkey(made.get(), key.get());
    auto* const name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>("test"), -1,
                               -1, 0);
    X509_set_issuer_name(made.get(), name);
    auto* const san = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, wish.san.c_str());
    X509_add_ext(made.get(), san, -1);
    X509_EXTENSION_free(san);
    X509_sign(made.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(context, made.get());
    SSL_CTX_use_PrivateKey(context, key.get());
}

/// An SMTP server that takes STARTTLS, one connection after the other; what it does wrong is in its members.
class callout_tls_server {
public:
    using tcp = boost::asio::ip::tcp;

    explicit callout_tls_server(boost::asio::io_context& context, certificate_wish const& wish = {})
        : listener(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
          tls(boost::asio::ssl::context::tls_server) {
        install_certificate(tls.native_handle(), wish);
    }

    boost::asio::awaitable<void> serve() {
        while (true) {
            auto [error, peer] = co_await listener.async_accept(no_throw);
            if (error) co_return;
            ++connections;
            co_await converse(std::move(peer));
        }
    }

    std::string after_220;   ///< in the same segment
    bool speaks_tls = true;  ///< else it answers the handshake with junk
    bool hangs_in_handshake = false;
    int connections = 0;
    std::string server_name;  ///< as SNI said
    std::string heard_in_tls;
    tcp::acceptor listener;
    boost::asio::ssl::context tls;

private:
    static constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

    boost::asio::awaitable<void> converse(tcp::socket peer) {
        boost::system::error_code ignored;
        boost::asio::write(peer, boost::asio::buffer(std::string("220 mx.example.org ESMTP\r\n")), ignored);
        boost::asio::streambuf heard;
        while (true) {
            auto const [closed, size] = co_await boost::asio::async_read_until(peer, heard, "\r\n", no_throw);
            if (closed) co_return;
            auto const command = take_line(heard, size);
            auto reply = reply_to(command, "STARTTLS");
            if (command.starts_with("STARTTLS")) reply = "220 go\r\n" + after_220;
            boost::asio::write(peer, boost::asio::buffer(reply), ignored);
            if (command.starts_with("STARTTLS")) co_return co_await secure(std::move(peer));
        }
    }

    boost::asio::awaitable<void> secure(tcp::socket peer) {
        if (hangs_in_handshake || !speaks_tls) {
            std::string sink;
            if (!speaks_tls) {
                co_await boost::asio::async_read(peer, boost::asio::dynamic_buffer(sink, 5), no_throw);
                boost::system::error_code ignored;
                boost::asio::write(peer, boost::asio::buffer(std::string("250 what is this?\r\n")), ignored);
            }
            co_await boost::asio::async_read(peer, boost::asio::dynamic_buffer(sink), no_throw);
            co_return;
        }
        boost::asio::ssl::stream<tcp::socket> secured(std::move(peer), tls);
        auto const [failed] =
            co_await secured.async_handshake(boost::asio::ssl::stream_base::server, no_throw);
        if (failed) co_return;
        auto const* const name = SSL_get_servername(secured.native_handle(), TLSEXT_NAMETYPE_host_name);
        server_name = name ? name : "";
        boost::asio::streambuf heard;
        while (true) {
            auto const [closed, size] =
                co_await boost::asio::async_read_until(secured, heard, "\r\n", no_throw);
            if (closed) co_return;
            auto const command = take_line(heard, size);
            heard_in_tls += command;
            auto const reply = reply_to(command, "SIZE");
            co_await boost::asio::async_write(secured, boost::asio::buffer(reply), no_throw);
        }
    }

    static std::string take_line(boost::asio::streambuf& from, std::size_t size) {
        std::string line(boost::asio::buffers_begin(from.data()),
                         boost::asio::buffers_begin(from.data()) + std::ptrdiff_t(size));
        from.consume(size);
        return line;
    }
    static std::string reply_to(std::string_view command, std::string const& keyword) {
        if (command.starts_with("EHLO")) return "250-mx.example.org\r\n250 " + keyword + "\r\n";
        return command.starts_with("RCPT TO:<nobody") ? "550 5.1.1 no such user\r\n" : "250 ok\r\n";
    }
};

}  // namespace test
