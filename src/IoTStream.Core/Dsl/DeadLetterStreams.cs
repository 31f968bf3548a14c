using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Dsl;

/// <summary>What can be done with dead letters that were kept.</summary>
public static class DeadLetterStreams
{
    /// <summary>
    /// Makes records of dead letters again, once what was wrong has been put right: the element if the letter has one, else what a decoder makes of the payload. Their timestamps and headers
    /// are those of the stream of letters: call <c>WithEventTime</c> with a selector after this.
    /// </summary>
    /// <param name="letters">The letters whose elements are of this type, or whose payloads the decoder knows: choose them with <c>Where</c>, by <see cref="DeadLetter.Step"/>.</param>
    /// <param name="decoder">Decodes payloads.</param>
    /// <param name="onError">What happens to a letter that fails again. A dead letter about it is kept by <see cref="DeadLetterCodec"/> as the letter that it was, with the later reason.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static DataStream<T> Replay<T>(this DataStream<DeadLetter> letters, IDecoder<T> decoder, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(letters);
        ArgumentNullException.ThrowIfNull(decoder);
        return letters.Select(letter => RecordOf(letter, decoder), onError, name);
    }

    private static T RecordOf<T>(DeadLetter letter, IDecoder<T> decoder) => letter.Element switch
    {
        null => decoder.Decode(new ReadOnlySequence<byte>(letter.Payload)),
        T element => element,
        UnknownElement unknown => throw new InvalidOperationException(
            $"The element, a {unknown.Type}, was kept as text only: give the codec that keeps dead letters WithElements for its type."),
        object other => throw new InvalidOperationException(
            $"The element is a {other.GetType()}, not a {typeof(T)}: choose the letters to replay by their step."),
    };
}
