#pragma once

#include <filesystem>
#include <vector>

#include "callout/doors/tls.hpp"

namespace callout {

/// Files of a TLS client, in PEM. Each may be empty.
class tls_files {
public:
    tls_files() {}
    std::filesystem::path authorities;  ///< whom to trust, instead of those of the machine
    std::filesystem::path certificate;  ///< our own, and those of its issuers after it
    std::filesystem::path key;          ///< of the certificate
};

/// Returns what is wrong with them: a file that is missing or no regular one, that cannot be read, or a key
/// that others than its owner may read. A folder may hold authorities, under the names of their hashes.
std::vector<tls_file_fault> check_tls_files(tls_files const& files);

}  // namespace callout
