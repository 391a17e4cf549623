#include "callout/tls_files.hpp"

#include <openssl/err.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>

#include "system/tls_client.hpp"

namespace callout {
namespace {

namespace fs = std::filesystem;

/// Returns what keeps us from trusting a file; empty if nothing does.
std::string fault_of_file(fs::path const& file) {
    std::error_code failed;
    auto const status = fs::status(file, failed);
    if (failed || !fs::exists(status)) return file.string() + " does not exist";
    if (!fs::is_regular_file(status)) return file.string() + " is not a regular file";
    if (::access(file.c_str(), R_OK) != 0) return file.string() + " cannot be read";
    return {};
}

std::string fault_of_key(fs::path const& file) {
    if (auto fault = fault_of_file(file); !fault.empty()) return fault;
    using fs::perms;
    auto const others = perms::group_all | perms::others_all;
    std::error_code failed;
    if ((fs::status(file, failed).permissions() & others) == perms::none) return {};
    return file.string() + " holds a private key that others than its owner may read (chmod 600)";
}

std::string fault_of_authorities(fs::path const& place) {
    std::error_code failed;
    if (fs::is_directory(place, failed))
        return ::access(place.c_str(), R_OK | X_OK) == 0 ? "" : place.string() + " cannot be read";
    if (auto fault = fault_of_file(place); !fault.empty()) return fault;
    boost::asio::ssl::context trial(boost::asio::ssl::context::tls_client);
    return load_authorities(trial, place) ? "" : place.string() + " holds no certificate in PEM";
}

}  // namespace

std::vector<tls_file_fault> check_tls_files(tls_files const& files) {
    std::vector<tls_file_fault> all;
    auto const note = [&](tls_file_problem kind, std::string text) {
        if (!text.empty()) all.emplace_back(kind, std::move(text));
        return !all.empty() && all.back().kind == kind;
    };
    if (!files.authorities.empty())
        note(tls_file_problem::authorities_unusable, fault_of_authorities(files.authorities));
    if (files.certificate.empty() && files.key.empty()) return all;
    if (note(tls_file_problem::certificate_unusable, fault_of_file(files.certificate))) return all;
    if (note(tls_file_problem::certificate_unusable, fault_of_key(files.key))) return all;
    boost::asio::ssl::context trial(boost::asio::ssl::context::tls_client);
    if (!load_certificate(trial, files))
        note(tls_file_problem::no_certificate,
             files.key.string() + " is not the key of " + files.certificate.string());
    return all;
}

}  // namespace callout
