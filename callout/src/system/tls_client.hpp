#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>

#include "callout/doors/tls.hpp"
#include "callout/tls_files.hpp"

/// What OpenSSL is told before a handshake, and asked after it. Opportunistic TLS hides an address from
/// eavesdroppers and judges nobody, so a fault of a certificate does not end a handshake; it is reported.
namespace callout {

/// The settings of all handshakes, made once: reading the machine's authorities takes milliseconds.
class tls_client {
public:
    explicit tls_client(tls_files const& files);
    boost::asio::ssl::context& context() noexcept { return context_; }

private:
    boost::asio::ssl::context context_;
};

/// Returns whether these could be read.
bool load_authorities(boost::asio::ssl::context& into, std::filesystem::path const& from);
bool load_certificate(boost::asio::ssl::context& into, tls_files const& from);

/// Prepares a handshake; returns false if OpenSSL does not take the name or the version.
bool prepare_handshake(SSL* session, tls_wish const& wish);

tls_session judge_session(SSL* session, tls_wish const& wish);

}  // namespace callout
