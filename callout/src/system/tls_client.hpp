#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>

#include "callout/doors/tls.hpp"

/// What OpenSSL is told before a handshake, and asked after it. Opportunistic TLS hides an address from those
/// who read along and judges nobody, so nothing that is wrong with a certificate ends a handshake; it is
/// reported.
namespace callout {

/// Made once: reading the machine's authorities takes milliseconds.
class tls_client {
public:
    tls_client();
    boost::asio::ssl::context& context() noexcept { return context_; }

private:
    boost::asio::ssl::context context_;
};

/// False if OpenSSL takes no such name or version.
bool prepare_handshake(SSL* session, tls_wish const& wish);

tls_session judge_session(SSL* session, tls_wish const& wish);

}  // namespace callout
