#pragma once

/// All that the author of a filter needs.
#include "milterproto/error.hpp"
#include "milterproto/handler.hpp"
#include "milterproto/server.hpp"
#include "milterproto/socket_spec.hpp"
#include "milterproto/verdict.hpp"
