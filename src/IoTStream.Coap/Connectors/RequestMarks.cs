using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IoTStream.Coap.Connectors;

/// <summary>Puts identifiers into requests, by which somebody recognises them when they come again.</summary>
/// <param name="origin">What tells the sink's identifiers from those of others.</param>
/// <param name="options">Where they go.</param>
internal sealed class RequestMarks(string origin, CoapSinkOptions options)
{
    private const int TagSize = 8;

    public CoapRequest Mark(CoapRequest request, long epoch, long number)
    {
        string identifier = string.Create(CultureInfo.InvariantCulture, $"{origin}/{epoch}/{number}");
        return options.Identify is { } identify
            ? identify(request, identifier) ?? throw new InvalidOperationException($"{nameof(CoapSinkOptions)}.{nameof(CoapSinkOptions.Identify)} has returned nothing for {identifier}.")
            : request with { ETags = [SHA256.HashData(Encoding.UTF8.GetBytes(identifier)).AsMemory(0, TagSize)] };
    }
}
