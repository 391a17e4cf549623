#include "world/peers/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace testmta::world {

namespace {

template <auto Free>
struct freer {
    template <class T>
    void operator()(T* one) const {
        Free(one);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freer<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freer<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freer<X509_EXTENSION_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, freer<SSL_CTX_free>>;
using session_ptr = std::unique_ptr<SSL, freer<SSL_free>>;

void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL cannot make a certificate");
}

constexpr long day = 24L * 60 * 60;

void name(X509& certificate, std::string const& host, tls_fault how) {
    auto* const subject = X509_get_subject_name(&certificate);
    auto const* text = reinterpret_cast<unsigned char const*>(host.c_str());
    check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
    check(X509_set_issuer_name(&certificate, subject) == 1);
    if (how == tls_fault::no_name) return;
    auto const names = "DNS:" + host;
    extension_ptr const alternative(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
    check(alternative && X509_add_ext(&certificate, alternative.get(), -1) == 1);
}

certificate_ptr make_certificate(EVP_PKEY& key, std::string const& host, tls_fault how) {
    certificate_ptr made(X509_new());
    check(made != nullptr);
    auto const ends = how == tls_fault::expired ? -day : 30 * day;
    check(X509_set_version(made.get(), 2) == 1);
    check(ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1);
    check(X509_gmtime_adj(X509_getm_notBefore(made.get()), -30 * day) != nullptr);
    check(X509_gmtime_adj(X509_getm_notAfter(made.get()), ends) != nullptr);
    check(X509_set_pubkey(made.get(), &key) == 1);
    name(*made, how == tls_fault::wrong_name ? "another." + host : host, how);
    check(X509_sign(made.get(), &key, EVP_sha256()) != 0);
    return made;
}

int accept_any_certificate(int, X509_STORE_CTX*) {
    return 1;
}

context_ptr make_server_context(std::string const& host, tls_fault how) {
    context_ptr made(SSL_CTX_new(TLS_server_method()));
    key_ptr const key(EVP_EC_gen("P-256"));
    check(made && key);
    auto const certificate = make_certificate(*key, host, how);
    check(SSL_CTX_use_certificate(made.get(), certificate.get()) == 1);
    check(SSL_CTX_use_PrivateKey(made.get(), key.get()) == 1);
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

tls_channel tls_channel::server(std::string const& host, tls_fault how) {
    tls_channel made(std::make_unique<library>(make_server_context(host, how)));
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
