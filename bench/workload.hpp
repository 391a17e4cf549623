#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/mta/mta_frames.hpp"

namespace bench {

/// The message that the comparison sends repeatedly.
class workload {
public:
    /// tiny: 1 recipient, 10 headers, 2 KiB; typical: 3, 25, 50 KiB; big: 1, 25, 10 MiB.
    static std::optional<workload> named(std::string_view name);

    std::vector<std::string> const& recipients() const noexcept { return recipients_; }
    /// Views of this object.
    std::vector<milterproto::core::header_view> headers() const;
    std::string const& body() const noexcept { return body_; }
    /// Returns what a full filter must add (see work.hpp), computed without any filter.
    std::string header_to_come() const;

private:
    struct field {
        std::string name;
        std::string value;
    };

    workload(std::size_t recipients, std::size_t headers, std::size_t octets);

    std::vector<std::string> recipients_;
    std::vector<field> headers_;
    std::string body_;
};

}  // namespace bench
