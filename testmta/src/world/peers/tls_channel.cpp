#include "world/peers/tls_channel.hpp"

#include <openssl/err.h>

#include <array>
#include <stdexcept>

#include "world/peers/certificate_identity.hpp"

namespace testmta::world {

namespace {

void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL cannot begin TLS");
}

int accept_any_certificate(int, X509_STORE_CTX*) {
    return 1;
}

context_ptr make_server_context(certificate_authority const& authority, std::string const& host,
                                tls_fault how) {
    context_ptr made(SSL_CTX_new(TLS_server_method()));
    check(made != nullptr);
    auto const own = authority.issue(host, how);
    check(SSL_CTX_use_certificate(made.get(), own.certificate.get()) == 1);
    check(SSL_CTX_use_PrivateKey(made.get(), own.key.get()) == 1);
    if (how == tls_fault::old_version) {
        SSL_CTX_set_security_level(made.get(), 0);  // TLS 1.0 signs by SHA-1
        check(SSL_CTX_set_min_proto_version(made.get(), TLS1_VERSION) == 1);
        check(SSL_CTX_set_max_proto_version(made.get(), TLS1_VERSION) == 1);
    }
    if (how == tls_fault::client_certificate) {
        auto const wanted = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        SSL_CTX_set_verify(made.get(), wanted, accept_any_certificate);
    }
    return made;
}

}  // namespace

struct tls_channel::library {
    explicit library(context_ptr made) : context(std::move(made)), session(SSL_new(context.get())) {
        check(session != nullptr);
        from_wire = BIO_new(BIO_s_mem());
        to_wire = BIO_new(BIO_s_mem());
        check(from_wire != nullptr && to_wire != nullptr);
        SSL_set_bio(session.get(), from_wire, to_wire);  // the session owns both from here on
    }

    context_ptr context;
    session_ptr session;
    BIO* from_wire = nullptr;
    BIO* to_wire = nullptr;
};

tls_channel::tls_channel(std::unique_ptr<library> tls) : tls_(std::move(tls)) {}

tls_channel tls_channel::server(certificate_authority const& authority, std::string const& host,
                                tls_fault how) {
    tls_channel made(std::make_unique<library>(make_server_context(authority, host, how)));
    SSL_set_accept_state(made.tls_->session.get());
    return made;
}

tls_channel tls_channel::client(std::string const& server_name, int minimum_version) {
    context_ptr context(SSL_CTX_new(TLS_client_method()));
    check(context && SSL_CTX_set_min_proto_version(context.get(), minimum_version) == 1);
    tls_channel made(std::make_unique<library>(std::move(context)));
    auto* const session = made.tls_->session.get();
    check(SSL_set_tlsext_host_name(session, server_name.c_str()) == 1);
    SSL_set_connect_state(session);
    made.shake_hands();  // the client speaks first
    return made;
}

tls_channel::tls_channel(tls_channel&&) noexcept = default;
tls_channel::~tls_channel() = default;

bool tls_channel::is_fatal(int outcome) {
    auto const why = SSL_get_error(tls_->session.get(), outcome);
    auto const* const reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return false;
    if (problem_.empty()) problem_ = reason != nullptr ? reason : "the other side has closed TLS";
    return true;
}

void tls_channel::feed(std::string_view from_wire) {
    BIO_write(tls_->from_wire, from_wire.data(), static_cast<int>(from_wire.size()));
    if (!open_) shake_hands();
}

void tls_channel::shake_hands() {
    auto const outcome = SSL_do_handshake(tls_->session.get());
    open_ = outcome == 1;
    failed_ = !open_ && is_fatal(outcome);
}

std::string tls_channel::to_wire() {
    std::string octets(BIO_ctrl_pending(tls_->to_wire), '\0');
    if (!octets.empty()) BIO_read(tls_->to_wire, octets.data(), static_cast<int>(octets.size()));
    return octets;
}

std::string tls_channel::read() {
    std::string all;
    std::array<char, 4096> room;
    for (;;) {
        auto const count = SSL_read(tls_->session.get(), room.data(), static_cast<int>(room.size()));
        if (count <= 0) {
            failed_ = failed_ || is_fatal(count);
            return all;
        }
        all.append(room.data(), static_cast<std::size_t>(count));
    }
}

std::string tls_channel::version() const {
    return SSL_get_version(tls_->session.get());
}

void tls_channel::write(std::string_view in_clear) {
    if (in_clear.empty()) return;
    auto const outcome = SSL_write(tls_->session.get(), in_clear.data(), static_cast<int>(in_clear.size()));
    if (outcome <= 0) failed_ = failed_ || is_fatal(outcome);
}

}  // namespace testmta::world
