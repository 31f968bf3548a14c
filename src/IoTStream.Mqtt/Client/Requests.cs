using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>SUBSCRIBE and UNSUBSCRIBE packets of one connection that the server has not answered.</summary>
/// <remarks>Thread-safe. The identifiers are apart from those of messages, which are at most 32,767.</remarks>
internal sealed class Requests
{
    private const ushort FirstIdentifier = 0x8000;
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, Request> _pending = [];
    private ushort _last = FirstIdentifier - 1;
    private Exception? _failure;
    private bool _stalled;

    /// <summary>Enters a request.</summary>
    /// <param name="fromHandler">Whether a message handler makes it.</param>
    /// <param name="packetIdentifier">The identifier to send it with; 0 if it is not to be sent, because it has failed already.</param>
    public Task<SubAckPacket> Add(bool fromHandler, out ushort packetIdentifier)
    {
        lock (_lock)
        {
            packetIdentifier = 0;
            if (_failure is not null)
            {
                return Task.FromException<SubAckPacket>(_failure);
            }

            if (_stalled && fromHandler)
            {
                return Task.FromException<SubAckPacket>(WouldDeadlock());
            }

            do
            {
                _last = _last == ushort.MaxValue ? FirstIdentifier : (ushort)(_last + 1);
            }
            while (_pending.ContainsKey(_last));

            packetIdentifier = _last;
            var answer = new TaskCompletionSource<SubAckPacket>(TaskCreationOptions.RunContinuationsAsynchronously);
            _pending.Add(packetIdentifier, new Request(answer, fromHandler));
            return answer.Task;
        }
    }

    public void Answer(SubAckPacket answer)
    {
        lock (_lock)
        {
            if (!_pending.Remove(answer.PacketIdentifier, out Request request))
            {
                throw MqttProtocolException.Violation($"{answer.Type} answers request {answer.PacketIdentifier}, which is not pending.");
            }

            request.Answer.TrySetResult(answer);
        }
    }

    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            foreach (Request request in _pending.Values)
            {
                request.Answer.TrySetException(failure);
            }

            _pending.Clear();
        }
    }

    /// <summary>As <see cref="Outbox.SetStalled"/>: a handler must not wait for what is not read before it has finished.</summary>
    public void SetStalled(bool stalled)
    {
        lock (_lock)
        {
            _stalled = stalled;
            foreach (Request request in _pending.Values.Where(request => stalled && request.FromHandler))
            {
                request.Answer.TrySetException(WouldDeadlock());
            }
        }
    }

    private static MqttClientException WouldDeadlock() => new(
        "A message handler awaits a subscription, but more messages than ReadAhead allows stand before the server's answer. "
        + "Raise ReadAhead, or do not await it in the handler.");

    private readonly record struct Request(TaskCompletionSource<SubAckPacket> Answer, bool FromHandler);
}
