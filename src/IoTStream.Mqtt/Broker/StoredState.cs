using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Log;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>What a broker finds in its store: the changes that a <see cref="Journal"/> told, added up.</summary>
/// <remarks>The files may begin with changes to sessions and messages that were written anew later; what is not known is passed over.</remarks>
internal sealed class StoredState
{
    public const int RetainFlag = 4;
    private const int QosMask = 3;
    private readonly Dictionary<long, Publication> _messages = [];
    private readonly Dictionary<long, StoredSession> _sessions = [];
    private readonly Dictionary<string, Publication> _retained = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Session, long PacketIdentifier), Unrouted> _unrouted = [];
    private readonly BrokerContext _context;

    private StoredState(BrokerContext context) => _context = context;

    public IEnumerable<StoredSession> Sessions => _sessions.Values;

    public IEnumerable<Publication> Retained => _retained.Values;

    /// <summary>Messages of QoS 2 that have perhaps not been brought to everybody.</summary>
    public IEnumerable<Unrouted> NotRouted => _unrouted.Values;

    public long LastSession { get; private set; }

    public long LastMessage { get; private set; }

    /// <exception cref="LogDamagedException">The store is damaged.</exception>
    public static StoredState Read(LogReader reader, BrokerContext context)
    {
        var state = new StoredState(context);
        while (reader.TryRead(out LogFrame frame))
        {
            try
            {
                state.Apply(frame.Payload);
            }
            catch (Exception e) when (e is InvalidDataException or ArgumentException or MqttProtocolException)
            {
                throw new LogDamagedException(
                    frame.File, frame.Offset, $"what the broker stored there cannot be read. {e.Message}", "Restore the directory from a backup, or move it away to begin anew.");
            }
        }

        return state;
    }

    private void Apply(ReadOnlySpan<byte> batch)
    {
        if (batch.IsEmpty || batch[0] != Journal.Version)
        {
            throw new InvalidDataException($"It is not in version {Journal.Version} of the form that this version of IoTStream reads.");
        }

        int at = 1;
        while (at < batch.Length)
        {
            var type = (RecordType)batch[at++];
            long id = ReadInt64(batch, ref at);
            StoredSession? session = _sessions.GetValueOrDefault(id);
            switch (type)
            {
                case RecordType.Session:
                    bool isPipeline = batch[at++] != 0;
                    string name = ReadString(batch, ref at);
                    _sessions[id] = new StoredSession(id, isPipeline, name, new Guid(Bytes.Read(batch, ref at)));
                    LastSession = Math.Max(LastSession, id);
                    break;
                case RecordType.Ended:
                    _sessions.Remove(id);
                    break;
                case RecordType.Presence:
                    var expiry = new TimeSpan(ReadInt64(batch, ref at));
                    long expiresAt = ReadInt64(batch, ref at);
                    if (session is not null)
                    {
                        (session.Expiry, session.ExpiresAt) = (expiry, expiresAt);
                    }

                    break;
                case RecordType.Subscribed:
                    TopicSubscription options = TopicSubscription.Of(ReadString(batch, ref at), batch[at++]);
                    int identifier = (int)Length.Read(batch, ref at);
                    if (session is not null)
                    {
                        session.Subscriptions[options.Filter] = (options, identifier);
                    }

                    break;
                case RecordType.Unsubscribed:
                    string filter = ReadString(batch, ref at);
                    session?.Subscriptions.Remove(filter);
                    break;
                case RecordType.Message:
                    ReadMessage(batch, ref at);
                    break;
                case RecordType.Queued:
                    ReadQueued(batch, ref at, session);
                    break;
                case RecordType.Done:
                    session?.Remove(PeekInt64(batch, at));
                    at += sizeof(long);
                    break;
                case RecordType.DoneUpTo:
                    session?.RemoveUpTo(PeekInt64(batch, at));
                    at += sizeof(long);
                    break;
                case RecordType.Received:
                    session?.Receive(PeekInt64(batch, at));
                    at += sizeof(long);
                    break;
                case RecordType.Heard:
                    ReadHeard(batch, ref at, session);
                    break;
                case RecordType.Routed:
                    _unrouted.Remove((id, PeekInt64(batch, at)));
                    at += sizeof(long);
                    break;
                case RecordType.Released:
                    session?.Heard.Remove((ushort)PeekInt64(batch, at));
                    at += sizeof(long);
                    break;
                case RecordType.Retained:
                    if (_messages.TryGetValue(ReadInt64(batch, ref at), out Publication? retained))
                    {
                        _retained[retained.Topic.Text] = retained;
                    }

                    break;
                case RecordType.NotRetained:
                    _retained.Remove(ReadString(batch, ref at));
                    break;
                default:
                    throw new InvalidDataException($"There is a record of the unknown type {(int)type}.");
            }
        }
    }

    private static long ReadInt64(ReadOnlySpan<byte> batch, ref int at)
    {
        long value = PeekInt64(batch, at);
        at += sizeof(long);
        return value;
    }

    private static long PeekInt64(ReadOnlySpan<byte> batch, int at) => BinaryPrimitives.ReadInt64LittleEndian(batch[at..]);

    private static string ReadString(ReadOnlySpan<byte> batch, ref int at) => Encoding.UTF8.GetString(Bytes.Read(batch, ref at));

    private void ReadMessage(ReadOnlySpan<byte> batch, ref int at)
    {
        long number = ReadInt64(batch, ref at);
        TopicName topic = _context.Topics.Get(new ReadOnlySequence<byte>(Bytes.Read(batch, ref at).ToArray()));
        int flags = batch[at++];
        long expiresAt = ReadInt64(batch, ref at);
        byte[] properties = Bytes.Read(batch, ref at).ToArray();
        byte[] payload = Bytes.Read(batch, ref at).ToArray();
        _messages[number] = Publication.Stored(
            number, topic, payload, properties, _context.Clock.FromUtcTicks(expiresAt), (MqttQualityOfService)(flags & QosMask), (flags & RetainFlag) != 0);
        LastMessage = Math.Max(LastMessage, number);
    }

    private void ReadQueued(ReadOnlySpan<byte> batch, ref int at, StoredSession? session)
    {
        long number = ReadInt64(batch, ref at);
        long message = ReadInt64(batch, ref at);
        int flags = batch[at++];
        int[] identifiers = new int[Length.Read(batch, ref at)];
        for (int i = 0; i < identifiers.Length; i++)
        {
            identifiers[i] = (int)Length.Read(batch, ref at);
        }

        string share = ReadString(batch, ref at);
        if (session is not null && _messages.TryGetValue(message, out Publication? publication))
        {
            var header = new PublishHeader(
                (MqttQualityOfService)(flags & QosMask), (flags & RetainFlag) != 0, identifiers, Share: share.Length > 0 ? share : null);
            session.Add(number, publication, header);
            foreach (Unrouted unrouted in _unrouted.Values.Where(unrouted => ReferenceEquals(unrouted.Publication, publication)))
            {
                unrouted.Sessions.Add(session.Id);
            }
        }
    }

    private void ReadHeard(ReadOnlySpan<byte> batch, ref int at, StoredSession? session)
    {
        long packetIdentifier = ReadInt64(batch, ref at);
        long message = ReadInt64(batch, ref at);
        if (session is null)
        {
            return;
        }

        session.Heard.Add((ushort)packetIdentifier);
        if (_messages.TryGetValue(message, out Publication? publication))
        {
            _unrouted[(session.Id, packetIdentifier)] = new Unrouted(session.Id, (ushort)packetIdentifier, publication, []);
        }
    }

    /// <param name="Publisher">The session that it came from.</param>
    /// <param name="PacketIdentifier">Its packet identifier there.</param>
    /// <param name="Publication">The message.</param>
    /// <param name="Sessions">The sessions that it has been brought to.</param>
    internal sealed record Unrouted(long Publisher, ushort PacketIdentifier, Publication Publication, HashSet<long> Sessions);
}
