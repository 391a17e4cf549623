#pragma once

#include <sys/stat.h>

#include <boost/asio/ip/udp.hpp>
#include <filesystem>
#include <optional>
#include <vector>

#include "callout/doors/clock.hpp"

namespace callout {

/// The file that names the system's servers. DHCP, a VPN or an operator may write it anew, rename another one
/// to its name, or mount one over it: what stands under the path is looked at, at most once a second.
class resolv_conf_file {
public:
    using servers = std::vector<boost::asio::ip::udp::endpoint>;

    explicit resolv_conf_file(std::filesystem::path path) : path_(std::move(path)) {}

    /// Returns the servers that it names, none if it cannot be read; and nothing if it is as it was when it
    /// was last looked at.
    std::optional<servers> changed(steady_time now);
    /// Takes the file for changed at the next look.
    void forget() noexcept { seen_.reset(); }

private:
    using version = std::optional<struct ::stat>;

    version look() const;
    static bool is_same(version const& a, version const& b);
    servers read() const;

    std::filesystem::path path_;
    std::optional<version> seen_;  ///< nothing before the first look
    steady_time next_look_ = steady_time::min();
};

}  // namespace callout
