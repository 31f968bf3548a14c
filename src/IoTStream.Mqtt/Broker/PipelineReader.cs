using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Mqtt.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>Reads a <see cref="PipelineSession"/>. Its position is the number of the last message that it has handed out. When much is not acknowledged it has an epoch cut.</summary>
/// <param name="session">The session.</param>
/// <param name="connection">This reader's connection to it.</param>
/// <param name="decoder">Makes records of messages.</param>
/// <param name="context">The job's side of the contract.</param>
/// <param name="partition">The partition that the messages are.</param>
/// <param name="position">The number of the last message that was taken before.</param>
/// <param name="broker">The broker.</param>
internal sealed class PipelineReader<T>(
    PipelineSession session,
    PipelineConnection connection,
    MessageDecoder<T> decoder,
    SourceContext context,
    SourcePartition partition,
    long position,
    BrokerContext broker) : ISourceReader<T>, IDrainable, IAcknowledging, IPositioned
{
    private readonly (Publication Publication, long Number)[] _taken = new (Publication, long)[context.BatchSize];
    private readonly Queue<(long Item, long Number)> _owed = new();
    private readonly TopicFactsCache<T> _facts = new(decoder);
    private long _items;
    private long _number = position;

    public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

    public ReadStatus Read(SourceBatch<T> batch)
    {
        if (connection.Failure is { } failure)
        {
            throw failure;
        }

        int count = session.Take(connection, _taken.AsSpan(0, Math.Min(_taken.Length, batch.Free)), out bool owesMuch, out bool ended);
        for (int i = 0; i < count; i++)
        {
            (Publication publication, long number) = _taken[i];
            Add(batch, publication);
            _items++;
            if (number != 0)
            {
                _number = number;
                _owed.Enqueue((_items, number));
            }
        }

        Array.Clear(_taken, 0, count);
        if (owesMuch)
        {
            context.RequestEpoch();
        }

        return ended ? ReadStatus.Ended : count > 0 ? ReadStatus.More : ReadStatus.Drained;
    }

    public void BeginDrain()
    {
        session.Drain(connection);
        if (session.Name is null)
        {
            broker.Subscriptions.UnsubscribeAll(session);
        }
    }

    public void Acknowledge(long count)
    {
        long number = 0;
        while (_owed.TryPeek(out (long Item, long Number) first) && first.Item <= count)
        {
            number = _owed.Dequeue().Number;
        }

        if (number != 0)
        {
            session.Acknowledge(connection, number);
        }
    }

    public void WritePosition(IBufferWriter<byte> position) => new PipelinePosition(session.Identity, _number).Write(position);

    public ValueTask DisposeAsync()
    {
        broker.Pipelines.Leave(session, connection);
        return default;
    }

    private void Add(SourceBatch<T> batch, Publication publication)
    {
        TopicFacts facts = _facts.Of(publication.Topic.Text);
        RecordHeaders headers = publication.Properties.IsEmpty
            ? facts.Headers
            : facts.HeadersWith(PropertyReader.ReadContent(publication.Properties, PropertySet.OfPublish));
        T value;
        try
        {
            value = decoder.Decode(publication.Payload, facts.Levels);
        }
        catch (Exception reason)
        {
            batch.AddDeadLetter(publication.Payload.ToArray(), reason, headers);
            return;
        }

        batch.Add(value, headers);
    }
}
