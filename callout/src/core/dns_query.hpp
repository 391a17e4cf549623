#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/random.hpp"
#include "callout/doors/resolver.hpp"

namespace callout::core {

/// Whether a query says what size of an answer the asker takes (RFC 6891).
enum class edns { with, without };

/// DNS flag day 2020: what passes everywhere unfragmented.
inline constexpr std::uint16_t edns_size = 1232;

/// Returns the query for a resolver that recurses, as the wire has it, with the letters of the name as they
/// are; nothing if DNS cannot hold the name. A final dot is allowed, escapes are not known.
std::optional<std::vector<unsigned char>> dns_query(std::uint16_t number, std::string_view name,
                                                    record_type type, edns how);

/// Returns the name with the case of each letter by chance. An answer repeats the question, so whoever forges
/// one without having seen the query must guess each letter (draft-vixie-dnsext-dns0x20).
std::string in_mixed_case(std::string_view name, random& chance);

}  // namespace callout::core
