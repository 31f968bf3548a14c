using System.Globalization;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>What a process of ours can be asked on its input, a line each, and answers with a number.</summary>
internal static class Questions
{
    /// <summary>How many bytes have been allocated so far.</summary>
    public const string Allocated = "allocated";

    /// <summary>How many bytes of objects are alive.</summary>
    public const string Alive = "alive";

    /// <summary>Answers until there are no more.</summary>
    public static async Task AnswerAsync()
    {
        while (await Console.In.ReadLineAsync() is { } question)
        {
            long answer = question == Allocated ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetTotalMemory(forceFullCollection: true);
            Console.WriteLine(answer.ToString(CultureInfo.InvariantCulture));
        }
    }
}
