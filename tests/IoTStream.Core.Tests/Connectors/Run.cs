namespace IoTStream.Core.Tests.Connectors;

/// <summary>Lets a property, which FsCheck wants synchronous, await.</summary>
internal static class Run
{
    public static void Now(Func<Task> test) => Within.Time(Task.Run(test)).GetAwaiter().GetResult();
}
