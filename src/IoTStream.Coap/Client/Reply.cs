using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>An answer, taken out of the buffer that it came in.</summary>
/// <param name="Response">What the user gets of it.</param>
/// <param name="Block1">The block of the request's body that it answers.</param>
/// <param name="Block2">The block of its own body that it has.</param>
/// <param name="Echo">What the client is to send back to show where it is.</param>
/// <param name="IsUnderstood">Whether it has no critical option that is not known.</param>
internal sealed record Reply(CoapResponse Response, Block? Block1, Block? Block2, byte[]? Echo, bool IsUnderstood)
{
    public static Reply Of(in Message message)
    {
        Block? block1 = null;
        Block? block2 = null;
        byte[]? echo = null;
        byte[] etag = [];
        CoapContentFormat? format = null;
        TimeSpan? maxAge = null;
        int? observe = null;
        bool isUnderstood = true;
        List<string> location = [];
        List<string> query = [];
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            if (!OptionRegistry.IsValid(options.Number, options.Value.Length))
            {
                isUnderstood &= !OptionRegistry.IsCritical(options.Number);
                continue;
            }

            switch ((OptionNumber)options.Number)
            {
                case OptionNumber.ETag:
                    etag = options.Value.ToArray();
                    break;
                case OptionNumber.Observe:
                    observe = (int)UnsignedInteger.Read(options.Value);
                    break;
                case OptionNumber.LocationPath:
                    location.Add(System.Text.Encoding.UTF8.GetString(options.Value));
                    break;
                case OptionNumber.LocationQuery:
                    query.Add(System.Text.Encoding.UTF8.GetString(options.Value));
                    break;
                case OptionNumber.ContentFormat:
                    format = (CoapContentFormat)UnsignedInteger.Read(options.Value);
                    break;
                case OptionNumber.MaxAge:
                    maxAge = TimeSpan.FromSeconds(UnsignedInteger.Read(options.Value));
                    break;
                case OptionNumber.Block1:
                    block1 = Block.Read(options.Value);
                    break;
                case OptionNumber.Block2:
                    block2 = Block.Read(options.Value);
                    break;
                case OptionNumber.Echo:
                    echo = options.Value.ToArray();
                    break;
                default:
                    break;
            }
        }

        var response = new CoapResponse
        {
            Code = message.Code,
            Payload = message.Payload.ToArray(),
            ContentFormat = format,
            ETag = etag,
            MaxAge = maxAge,
            Location = location.Count + query.Count > 0 ? $"{string.Join('/', location)}{(query.Count > 0 ? $"?{string.Join('&', query)}" : "")}" : null,
            Observe = observe,
        };
        return new Reply(response, block1, block2, echo, isUnderstood);
    }
}
