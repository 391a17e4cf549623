#include "tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <stdexcept>

namespace smtpserver::detail {

namespace {

template <auto Free>
struct openssl_freer {
    template <class T>
    void operator()(T* one) const {
        Free(one);
    }
};
using context_owner = std::unique_ptr<SSL_CTX, openssl_freer<SSL_CTX_free>>;
using session_owner = std::unique_ptr<SSL, openssl_freer<SSL_free>>;

std::string openssl_words() {
    std::array<char, 256> text{};
    auto const code = ERR_peek_last_error();
    ERR_error_string_n(code, text.data(), text.size());
    ERR_clear_error();
    return code == 0 ? "the file cannot be read" : text.data();
}

void must(bool is_good, std::string const& what) {
    if (!is_good) throw std::runtime_error(what + ": " + openssl_words());
}

/// Returns a length as OpenSSL counts.
int counted(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

struct tls_context::library {
    context_owner context;
};

tls_context::tls_context(tls_files const& files) : library_(std::make_unique<library>()) {
    ERR_clear_error();
    auto& context = library_->context;
    context.reset(SSL_CTX_new(TLS_server_method()));
    must(context != nullptr, "TLS cannot be set up");
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    must(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1, "TLS 1.2 cannot be set");
    must(SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) == 1,
         "the certificate " + files.certificate + " cannot be used");
    must(SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1,
         "the key " + files.key + " cannot be used");
    must(SSL_CTX_check_private_key(context.get()) == 1,
         "the key " + files.key + " is not that of " + files.certificate);
}

tls_context::~tls_context() = default;

struct tls_channel::library {
    session_owner session;
    BIO* from_wire = nullptr;  ///< the session owns both
    BIO* to_wire = nullptr;
};

tls_channel::tls_channel(tls_context const& context) : library_(std::make_unique<library>()) {
    library_->session.reset(SSL_new(context.use().context.get()));
    library_->from_wire = BIO_new(BIO_s_mem());
    library_->to_wire = BIO_new(BIO_s_mem());
    if (!library_->session || library_->from_wire == nullptr || library_->to_wire == nullptr)
        throw std::bad_alloc();
    SSL_set_bio(library_->session.get(), library_->from_wire, library_->to_wire);
    SSL_set_accept_state(library_->session.get());
}

tls_channel::tls_channel(tls_channel&&) noexcept = default;
tls_channel::~tls_channel() = default;

void tls_channel::feed(std::string_view from_wire) {
    BIO_write(library_->from_wire, from_wire.data(), counted(from_wire.size()));
    if (is_open_ || has_ended_) return;
    ERR_clear_error();
    auto const outcome = SSL_do_handshake(library_->session.get());
    is_open_ = outcome == 1;
    if (!is_open_) note_fault(outcome);
}

void tls_channel::note_fault(int outcome) {
    auto const why = SSL_get_error(library_->session.get(), outcome);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return;
    has_ended_ = true;
    if (why != SSL_ERROR_ZERO_RETURN) fault_ = openssl_words();
}

std::string tls_channel::to_wire() {
    std::string octets(BIO_ctrl_pending(library_->to_wire), '\0');
    if (!octets.empty()) BIO_read(library_->to_wire, octets.data(), counted(octets.size()));
    return octets;
}

void tls_channel::read(std::string& into) {
    std::array<char, 4096> room;
    ERR_clear_error();
    for (;;) {
        auto const count = SSL_read(library_->session.get(), room.data(), counted(room.size()));
        if (count <= 0) return note_fault(count);
        into.append(room.data(), static_cast<std::size_t>(count));
    }
}

void tls_channel::write(std::string_view in_clear) {
    ERR_clear_error();
    while (!in_clear.empty() && !has_ended_) {
        auto const count = SSL_write(library_->session.get(), in_clear.data(), counted(in_clear.size()));
        if (count <= 0) return note_fault(count);
        in_clear.remove_prefix(static_cast<std::size_t>(count));
    }
}

void tls_channel::close() {
    ERR_clear_error();
    if (is_open_ && fault_.empty()) SSL_shutdown(library_->session.get());
    ERR_clear_error();
}

tls_facts tls_channel::facts() const {
    auto* const session = library_->session.get();
    return {SSL_get_version(session), SSL_get_cipher_name(session)};
}

}  // namespace smtpserver::detail
