#pragma once

#include <openssl/pem.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "support/callout_tls_server.hpp"

namespace test {

/// A folder that goes away, with files of its own.
class scratch_folder {
public:
    scratch_folder() {
        auto name = (std::filesystem::temp_directory_path() / "vouch-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for files can be made");
        path_ = name;
    }
    scratch_folder(scratch_folder const&) = delete;
    ~scratch_folder() { std::filesystem::remove_all(path_); }

    std::filesystem::path operator/(std::string const& name) const { return path_ / name; }
    std::filesystem::path write(std::string const& name, std::string const& content) const {
        std::ofstream(path_ / name) << content;
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

/// A certificate that signed itself, and its key, as PEM files; the key can be read by its owner alone.
class certificate_files {
public:
    certificate_files(scratch_folder const& where, std::string const& name, certificate_wish const& wish = {})
        : certificate(where / (name + ".pem")), key(where / (name + ".key")) {
        std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> const context(SSL_CTX_new(TLS_server_method()),
                                                                        SSL_CTX_free);
        install_certificate(context.get(), wish);
        using file = std::unique_ptr<std::FILE, decltype(&std::fclose)>;
        file const to_certificate(std::fopen(certificate.c_str(), "w"), std::fclose);
        PEM_write_X509(to_certificate.get(), SSL_CTX_get0_certificate(context.get()));
        file const to_key(std::fopen(key.c_str(), "w"), std::fclose);
        PEM_write_PrivateKey(to_key.get(), SSL_CTX_get0_privatekey(context.get()), nullptr, nullptr, 0,
                             nullptr, nullptr);
        std::filesystem::permissions(
            key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    std::filesystem::path certificate, key;
};

}  // namespace test
