#pragma once

#include <string>
#include <string_view>

#include "callout/mailfromd/answer.hpp"

namespace callout {

/// Where a callout server is, as callout_open() takes it:
///
///     local:                                  the engine in this process
///     unix:///path  unix:/path  local:///path  /path
///     inet://HOST:PORT  inet:PORT@HOST  inet6://[ADDRESS]:PORT
///
/// A port is a number or the name of a TCP service.
class callout_url {
public:
    enum class kind { engine, unix_path, inet, inet6 };

    /// Reads a URL. Fails with e_range for an unknown scheme, with the scheme in the text, and with e_failure
    /// for everything else that is wrong.
    [[nodiscard]] static callout_result<callout_url> parse(std::string_view text);

    kind how() const noexcept { return kind_; }
    std::string const& path() const noexcept { return path_; }        ///< of a unix socket
    std::string const& host() const noexcept { return host_; }        ///< a name or an address
    std::string const& service() const noexcept { return service_; }  ///< a port's number or name

private:
    explicit callout_url(kind how) : kind_(how) {}
    kind kind_;
    std::string path_;
    std::string host_;
    std::string service_;
};

}  // namespace callout
