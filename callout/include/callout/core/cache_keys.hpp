#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

#include "callout/options.hpp"

namespace callout::core {

/// The keys of every layer (daemon.md 14): each holds all that changes the answer.
class cache_keys {
public:
    cache_keys(request const& what, engine_options const& options);
    std::string address;
    std::string domain;
    std::string domain_facts;
    /// Of a block: it is held against one of our addresses.
    static std::string remote(boost::asio::ip::address const& to, engine_options const& options);
    static std::string host_facts(boost::asio::ip::address const& to, engine_options const& options);
};

}  // namespace callout::core
