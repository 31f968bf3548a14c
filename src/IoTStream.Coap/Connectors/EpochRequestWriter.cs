using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Coap.Protocol;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>Sends the requests of an epoch once it is committed. They are the same, with the same identifiers, if that is done again.</summary>
internal sealed class EpochRequestWriter<T>(Func<T, Uri> resource, IEncoder<T> encoder, CoapSinkOptions options, RequestFlow flow, RequestMarks marks) : IOutboxWriter<T>
{
    // Each batch: the version of its form and how many requests it has; each of them: how long its URI and its body are, and then these.
    private const byte Form = 1;
    private const int BatchHead = 1 + sizeof(int);
    private const int RequestHead = sizeof(ushort) + sizeof(int);

    private readonly ArrayBufferWriter<byte> _payload = new();

    public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Span<byte> head = outbox.GetSpan(BatchHead);
        head[0] = Form;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], batch.Count);
        outbox.Advance(BatchHead);
        foreach (T value in batch.Values.Span)
        {
            _payload.ResetWrittenCount();
            encoder.Encode(value, _payload);
            byte[] uri = Check(resource(value));
            head = outbox.GetSpan(RequestHead);
            BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)uri.Length);
            BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(ushort)..], _payload.WrittenCount);
            outbox.Advance(RequestHead);
            outbox.Write(uri);
            outbox.Write(_payload.WrittenSpan);
        }
    }

    /// <summary>Not asked: only the last epoch can be missing.</summary>
    public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => new(0L);

    public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) => flow.SendAsync(RequestsOf(epoch, outbox), cancellationToken);

    public ValueTask DisposeAsync() => flow.DisposeAsync();

    /// <summary>What cannot be sent is found before it is committed, while it is known which record it is of.</summary>
    private static byte[] Check(Uri uri)
    {
        string scheme = RequestTarget.Of(uri).Scheme;
        OptionCheck.That(CoapClient.IsSpoken(scheme), nameof(resource), $"has given {uri}, which has to begin with coap, coaps, coap+tcp or coaps+tcp");
        byte[] text = Encoding.UTF8.GetBytes(uri.OriginalString);
        OptionCheck.That(text.Length <= ushort.MaxValue, nameof(resource), $"has given a URI of {text.Length} bytes, which has to have at most {ushort.MaxValue}");
        return text;
    }

    private IEnumerable<CoapRequest> RequestsOf(long epoch, ReadOnlySequence<byte> rest)
    {
        long number = 0;
        while (!rest.IsEmpty)
        {
            for (int left = ReadBatchHead(ref rest); left > 0; left--)
            {
                (int uri, int body) = ReadRequestHead(ref rest);
                var to = new Uri(Encoding.UTF8.GetString(rest.Slice(0, uri)));
                ReadOnlySequence<byte> payload = rest.Slice(uri, body);
                rest = rest.Slice(uri + body);
                var request = new CoapRequest
                {
                    Uri = to,
                    Method = options.Method,
                    ContentFormat = options.ContentFormat,
                    Payload = payload.IsSingleSegment ? payload.First : payload.ToArray(),
                };
                yield return marks.Mark(request, epoch, number++);
            }
        }
    }

    private static int ReadBatchHead(ref ReadOnlySequence<byte> rest)
    {
        Span<byte> head = stackalloc byte[BatchHead];
        rest.Slice(0, BatchHead).CopyTo(head);
        rest = rest.Slice(BatchHead);
        return head[0] == Form
            ? BinaryPrimitives.ReadInt32LittleEndian(head[1..])
            : throw new InvalidDataException("What the epoch log holds for the CoAP sink is no requests: it was written by another version of the library, or by another sink.");
    }

    private static (int Uri, int Body) ReadRequestHead(ref ReadOnlySequence<byte> rest)
    {
        Span<byte> head = stackalloc byte[RequestHead];
        rest.Slice(0, RequestHead).CopyTo(head);
        rest = rest.Slice(RequestHead);
        return (BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadInt32LittleEndian(head[sizeof(ushort)..]));
    }
}
