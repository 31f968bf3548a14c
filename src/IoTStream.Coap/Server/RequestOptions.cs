using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>The options of a request, taken apart in one go.</summary>
internal ref struct RequestOptions
{
    /// <summary>Between the segments of a path; a byte that no UTF-8 has.</summary>
    public const byte Separator = 0xFF;

    /// <summary>The most bytes of a path, separators included.</summary>
    public const int LongestPath = 512;

    private const int None = -1;

    /// <summary>The segments of the path.</summary>
    public ReadOnlySpan<byte> Path { get; private set; }

    public int ContentFormat { get; private set; }

    public int Accept { get; private set; }

    public int Observe { get; private set; }

    /// <summary>What classes of answers are not wanted: 2, 8 and 16 for 2.xx, 4.xx and 5.xx (RFC 7967); -1 if nothing is said.</summary>
    public int NoResponse { get; private set; }

    public Block? Block1 { get; private set; }

    public Block? Block2 { get; private set; }

    public int Size1 { get; private set; }

    public ReadOnlySpan<byte> RequestTag { get; private set; }

    public ReadOnlySpan<byte> Echo { get; private set; }

    public bool IfNoneMatch { get; private set; }

    public bool HasIfMatch { get; private set; }

    public bool HasETag { get; private set; }

    public bool HasQuery { get; private set; }

    /// <summary>Reads options.</summary>
    /// <param name="message">The request.</param>
    /// <param name="path">Room for the path: <see cref="LongestPath"/> bytes.</param>
    /// <param name="options">The options.</param>
    /// <returns><see cref="CoapCode.Empty"/>, or the error that the request is to be answered with.</returns>
    public static CoapCode Read(in Message message, Span<byte> path, out RequestOptions options)
    {
        options = new RequestOptions { ContentFormat = None, Accept = None, Observe = None, NoResponse = None, Size1 = None };
        int pathLength = None;
        int last = None;
        var reader = new OptionReader(message.Options);
        while (reader.Read())
        {
            // What comes too often, too long or too short is treated as what is not known (RFC 7252, section 5.4).
            bool isKnown = OptionRegistry.IsValid(reader.Number, reader.Value.Length) && (reader.Number != last || OptionRegistry.IsRepeatable(reader.Number));
            last = reader.Number;
            if (!isKnown)
            {
                if (OptionRegistry.IsCritical(reader.Number))
                {
                    return CoapCode.BadOption;
                }

                continue;
            }

            switch ((OptionNumber)reader.Number)
            {
                case OptionNumber.UriPath:
                    int start = pathLength + 1;
                    if (reader.Value.Contains(Separator))
                    {
                        return CoapCode.BadOption;
                    }

                    if (start + reader.Value.Length > LongestPath)
                    {
                        return CoapCode.NotFound;
                    }

                    if (start > 0)
                    {
                        path[pathLength] = Separator;
                    }

                    reader.Value.CopyTo(path[start..]);
                    pathLength = start + reader.Value.Length;
                    break;
                case OptionNumber.ProxyUri or OptionNumber.ProxyScheme:
                    return CoapCode.ProxyingNotSupported;
                default:
                    options.Take((OptionNumber)reader.Number, reader.Value);
                    break;
            }
        }

        options.Path = path[..Math.Max(pathLength, 0)];
        return CoapCode.Empty;
    }

    /// <summary>Whether an answer of a class is not wanted.</summary>
    /// <param name="code">The code of the answer.</param>
    /// <param name="isMulticast">Whether the request was sent to a group: then nobody wants to hear of errors (RFC 7252, section 8.2).</param>
    public readonly bool Suppresses(CoapCode code, bool isMulticast) => IsSuppressed(NoResponse, code, isMulticast);

    /// <summary>The same for a value of the option that was kept.</summary>
    public static bool IsSuppressed(int noResponse, CoapCode code, bool isMulticast)
    {
        int bit = 1 << (((int)code >> 5) - 1);
        return noResponse >= 0 ? (noResponse & bit) != 0 : isMulticast && (int)code >> 5 != 2;
    }

    private void Take(OptionNumber number, ReadOnlySpan<byte> value)
    {
        switch (number)
        {
            case OptionNumber.ContentFormat:
                ContentFormat = (int)UnsignedInteger.Read(value);
                break;
            case OptionNumber.Accept:
                Accept = (int)UnsignedInteger.Read(value);
                break;
            case OptionNumber.Observe:
                Observe = (int)UnsignedInteger.Read(value);
                break;
            case OptionNumber.NoResponse:
                NoResponse = (int)UnsignedInteger.Read(value);
                break;
            case OptionNumber.Size1:
                Size1 = (int)Math.Min(UnsignedInteger.Read(value), int.MaxValue);
                break;
            case OptionNumber.Block1:
                Block1 = Block.Read(value);
                break;
            case OptionNumber.Block2:
                Block2 = Block.Read(value);
                break;
            case OptionNumber.RequestTag:
                RequestTag = value;
                break;
            case OptionNumber.Echo:
                Echo = value;
                break;
            case OptionNumber.IfNoneMatch:
                IfNoneMatch = true;
                break;
            case OptionNumber.IfMatch:
                HasIfMatch = true;
                break;
            case OptionNumber.ETag:
                HasETag = true;
                break;
            case OptionNumber.UriQuery:
                HasQuery = true;
                break;
            default:
                // Uri-Host and Uri-Port: this server has one set of resources for all names. What belongs to answers has no meaning here.
                break;
        }
    }
}
