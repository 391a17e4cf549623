#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "milterproto/core/error.hpp"

namespace testmta::bridge {

/// A folder in which each message is a file of its own (the form of qmail's maildir(5)).
class maildir {
public:
    /// Makes the folder, and those that it consists of, unless they are there.
    [[nodiscard]] static milterproto::result<maildir> open(std::filesystem::path folder);

    /// Writes a message. When this returns, it survives a crash of the machine. Returns its file.
    [[nodiscard]] milterproto::result<std::filesystem::path> keep(std::string_view octets) const;

private:
    explicit maildir(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;
};

}  // namespace testmta::bridge
