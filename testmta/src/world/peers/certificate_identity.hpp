#pragma once

#include "world/peers/certificate_authority.hpp"
#include "world/peers/openssl_objects.hpp"

namespace testmta::world {

struct certificate_authority::identity {
    key_ptr key;
    certificate_ptr certificate;
};

}  // namespace testmta::world
