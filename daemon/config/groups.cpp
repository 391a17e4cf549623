#include "config/groups.hpp"

#include <grp.h>

#include "config/nearest.hpp"

namespace vouchd {

// NOLINTBEGIN(concurrency-mt-unsafe): at start, when there is one thread
bool is_group(std::string const& name) {
    return ::getgrnam(name.c_str()) != nullptr;
}

std::optional<std::string> nearest_group(std::string const& name) {
    nearest meant(name);
    ::setgrent();
    while (auto const* const one = ::getgrent()) meant.consider(one->gr_name);
    ::endgrent();
    return meant.found();
}
// NOLINTEND(concurrency-mt-unsafe)

}  // namespace vouchd
