using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Formats;

/// <summary>
/// Codecs for sensor measurement lists (RFC 8428). A payload is a pack of one or more measurements; base values are resolved when it is read, so that each record stands for itself. What a pack
/// says in fields that this library does not know is passed over, unless the name of the field ends in an underscore, by which it demands to be understood.
/// </summary>
/// <remarks>
/// Packs are written resolved, too: with a name and a time in each record, and without base values. Times of less than 2^28 seconds are counted from the moment of reading, as devices without
/// a clock write them.
/// </remarks>
public static class SenMl
{
    /// <summary>The media type of <see cref="Json"/>.</summary>
    public const string JsonMediaType = "application/senml+json";

    /// <summary>The media type of <see cref="Cbor"/>.</summary>
    public const string CborMediaType = "application/senml+cbor";

    /// <summary>SenML in JSON (section 5).</summary>
    /// <param name="clock">By which times are read that count from now; by default the system's.</param>
    public static ICodec<IReadOnlyList<SenMlRecord>> Json(TimeProvider? clock = null) => new JsonCodec(clock ?? TimeProvider.System);

    /// <summary>SenML in CBOR (section 6).</summary>
    /// <param name="clock">By which times are read that count from now; by default the system's.</param>
    public static ICodec<IReadOnlyList<SenMlRecord>> Cbor(TimeProvider? clock = null) => new CborCodec(clock ?? TimeProvider.System);

    private sealed class JsonCodec(TimeProvider clock) : ICodec<IReadOnlyList<SenMlRecord>>
    {
        public IReadOnlyList<SenMlRecord> Decode(in ReadOnlySequence<byte> payload) => SenMlJson.Read(payload, new SenMlResolver(clock));

        public void Encode(IReadOnlyList<SenMlRecord> value, IBufferWriter<byte> output) => SenMlJson.Write(SenMlResolver.Checked(value), output);
    }

    private sealed class CborCodec(TimeProvider clock) : ICodec<IReadOnlyList<SenMlRecord>>
    {
        public IReadOnlyList<SenMlRecord> Decode(in ReadOnlySequence<byte> payload) =>
            SenMlCbor.Read(payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray(), new SenMlResolver(clock));

        public void Encode(IReadOnlyList<SenMlRecord> value, IBufferWriter<byte> output) => SenMlCbor.Write(SenMlResolver.Checked(value), output);
    }
}
