#include "system/tls_client.hpp"

#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <memory>
#include <string_view>

namespace callout {
namespace {

constexpr int weak_below_bits = 128;
constexpr std::size_t names_kept = 8;

bool is_address(std::string const& name) {
    boost::system::error_code no;
    boost::asio::ip::make_address(name, no);
    return !no;
}

bool is_for(X509* certificate, std::string const& name) {
    if (is_address(name)) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
    return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
}

std::vector<std::string> names_of(X509* certificate) {
    struct release {
        void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
    };
    std::vector<std::string> all;
    std::unique_ptr<GENERAL_NAMES, release> const names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && all.size() < names_kept; ++i) {
        auto const* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        auto const* const text = ASN1_STRING_get0_data(name->d.dNSName);
        all.emplace_back(reinterpret_cast<char const*>(text),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    return all;
}

certificate_problem problems_of(X509* certificate, long verified, std::string const& name) {
    using enum certificate_problem;
    auto all = none;
    if (verified == X509_V_ERR_CERT_HAS_EXPIRED)
        all = all | expired;
    else if (verified != X509_V_OK)
        all = all | invalid;
    // OpenSSL stops at the first fault that it finds: it does not check the dates of a self-signed
    // certificate.
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) all = all | expired;
    if (!is_for(certificate, name)) all = all | wrong_name;
    return all;
}

}  // namespace

tls_client::tls_client(tls_files const& files) : context_(boost::asio::ssl::context::tls_client) {
    boost::system::error_code
        without_authorities;  // then every certificate is `invalid`, and nothing else changes
    // Files that cannot be used are reported by `check_tls_files`; here they are left out.
    if (files.authorities.empty())
        context_.set_default_verify_paths(without_authorities);
    else
        load_authorities(context_, files.authorities);
    if (!files.key.empty()) load_certificate(context_, files);
    context_.set_verify_mode(boost::asio::ssl::verify_none);
}

bool load_authorities(boost::asio::ssl::context& into, std::filesystem::path const& from) {
    std::error_code no;
    boost::system::error_code failed;
    if (std::filesystem::is_directory(from, no))
        into.add_verify_path(from.string(), failed);
    else
        into.load_verify_file(from.string(), failed);
    return !failed;
}

bool load_certificate(boost::asio::ssl::context& into, tls_files const& from) {
    boost::system::error_code failed;
    into.use_certificate_chain_file(from.certificate.string(), failed);
    if (!failed) into.use_private_key_file(from.key.string(), boost::asio::ssl::context::pem, failed);
    return !failed && SSL_CTX_check_private_key(into.native_handle()) == 1;
}

bool prepare_handshake(SSL* session, tls_wish const& wish) {
    SSL_set_security_level(session, 0);  // even a short key hides more than clear text
    if (SSL_set_min_proto_version(session, static_cast<int>(wish.minimum)) != 1) return false;
    return is_address(wish.server_name) || SSL_set_tlsext_host_name(session, wish.server_name.c_str()) == 1;
}

tls_session judge_session(SSL* session, tls_wish const& wish) {
    tls_session found;
    found.version = SSL_get_version(session);
    found.cipher = SSL_get_cipher_name(session);
    found.bits = SSL_get_cipher_bits(session, nullptr);
    found.verify_code = SSL_get_verify_result(session);
    auto* const certificate = SSL_get0_peer_certificate(session);
    if (certificate) {
        found.names = names_of(certificate);
        found.problems = problems_of(certificate, found.verify_code, wish.server_name);
    } else {
        found.problems = certificate_problem::absent;
    }
    if (found.bits < weak_below_bits) found.problems = found.problems | certificate_problem::weak_cipher;
    return found;
}

}  // namespace callout
